"""Verify an evidence kit of `incident` with nothing but Python (3.9 or newer) and a public key.

    python3 verify.py [KIT.zip | FOLDER] --key PUBLICKEY-or-file ... --checkpoint FILE ... [--lang zh|en]

Without KIT it verifies the folder in which it lies. It writes nothing and opens no connection. Exit code: 0
no fault in what was checked (the rest says NOT CHECKED), 1 a fault, 2 wrong usage. Trust no key or script
because it lies in the kit: compare the key with one from elsewhere, the SHA-256 on the first line with that
of the published verify.py. Bring a checkpoint that left the house long ago: who had the key is found by that.

 bytes        files have the SHA-256 of kit.json, none is extra or missing; entries are canonical JSON
 root         leaves SHA-256(0x00|bytes) are those of tile/0; the tree after RFC 6962 has the root of kit.json
 signatures   Ed25519 (RFC 8032) over C2SP signed notes, canonical only, by a key that you gave
 consistency  each checkpoint is of this journal and has the root of as many entries; none of yours was lost
 filter       only entries that match are opened; what is not opened of them stands in kit.json, and is listed
 disclosures  each opens the sealed value of its entry and name; attachments are those that such values name
 transitions  each stands in the table of the playbook in force: from, to, event, condition; it was decided by
              a body that it names, or two persons if it says so; no gap in states; refusals change nothing
Left to `incident journal verify KIT.zip`, the full replay: whether it was the first transition that fits, or
rightly refused; who the two were; bases, times, plans, numbers of incidents, what stands, duty, filings,
notices, acts; snapshot, other tiles, bundles, timeline, ledgers. Nothing tells whether what it says is true.

核验 `incident` 的证据包，只需 Python（3.9 以上）和公钥，用法见上；不给出 KIT 时核验本文件所在文件夹。
不写入，不联网。退出码：0 所核验的没有问题（其余写明“未核验”），1 有问题，2 用法错误。不要轻信包内的公钥和
脚本：与另行取得的公钥、已发布的 verify.py 的 SHA-256 核对。请带上早先送出的检查点：掌握密钥者改写要靠它发现。
 字节：文件与 kit.json 相符，条目是规范 JSON，编号连续    叶与根：叶与 tile/0 相符，根按 RFC 6962 重算
 签名：Ed25519，只接受规范形式，须是您给出的公钥    一致性：检查点属于本日志，根相符，带来的均未丢失
 筛选：只披露符合的条目，未披露的须列明并在此列出    披露：确为该条目该名称的值，附件由这些值指明
 转换：在当时有效的预案表中，状态、事件、条件相符，由表中规定的机关决定，须两人的经提请；拒绝不改变任何事
留给完整重放（`incident journal verify KIT.zip`）：是否为首个相符的转换，拒绝是否正确，两人是谁，依据、时间、
计划、编号、部署、值班、报送、通知等行为，快照，其他瓦片，时间线和台账。任何核验都不能说明录入的内容是否真实。
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache, reduce
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

Json = dict[str, Any]  # an object; also what a level says when it holds. Words are pairs: English¦Chinese
#: Bounds in bytes: a file read whole, a line, a note, a tile. How far a ZIP is packed.
WHOLE, LINE, NOTE, TILE, PACKED = 6 << 20, 4 << 20, 1 << 20, 256 * 32, 24
#: Facts about the state. An entry has those that its step of the playbook demands, each once.
ABOUT_STATE = "PlaybookAdopted RequestRefused EventNoted StateEntered IncidentOpened IncidentClosed".split()
#: A time; such stamps sort as times do. A checkpoint (C2SP tlog-checkpoint) as a signed note.
STAMP = "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z"
SIGNED = r"— ([^\s\0-\x1f+]+) ([!-~]+)\n"
CHECKPOINT = rf"(([!-~]+)\n(0|[1-9][0-9]{{0,17}})\n([!-~]{{44}})\nat {STAMP}\n)\n((?:{SIGNED})+)"

# ---- Part one: the record. Nothing of it was changed, and nothing was left out.


class Unfit(Exception):
    """Something is not as it has to be: what, what was found, what was expected."""


def must(so: object, what: str, *values: object) -> None:
    """Raise `Unfit` unless it is so."""
    if not so:
        raise Unfit(what, *values)


def same(what: str, found: object, expected: object) -> None:
    """Raise `Unfit` unless what was found is what was expected."""
    must(found == expected, what, found, expected)


decode = json.JSONDecoder(parse_float=int, parse_constant=int).decode  # `int` takes neither 1.5 nor NaN
encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def parse(raw: bytes) -> Json:
    """Read an object from its canonical JSON (RFC 8785, integers only). Raises `Unfit`, or as `json` does."""
    plain: Any = decode(raw.decode())
    must(isinstance(plain, dict) and encode(plain).encode() == raw, "not canonical¦不规范", raw[:60])
    return dict(plain)


def unbase64(text: str) -> bytes:
    """Read canonical base64. Raises `Unfit` or `ValueError`."""
    raw = base64.b64decode(text, validate=True)
    same("base64", text, base64.b64encode(raw).decode())
    return raw


class Kit:
    """A kit, a ZIP file or a folder; what was brought to verify it; the file or entry that is looked at."""

    def __init__(self, path: str, keys: list[str], outside: dict[str, bytes]) -> None:
        self.path, self.keys, self.outside, self.place = Path(path), keys, outside, path
        self.zip = None if self.path.is_dir() else zipfile.ZipFile(path)
        members = self.zip.infolist() if self.zip else []
        packed, size = self.path.stat().st_size, sum(one.file_size for one in members)
        must(size <= WHOLE + PACKED * packed, "too great when unpacked¦解压后过大", size)
        self.most = 1000 + packed // 16 if self.zip else sys.maxsize  # lines of a file
        self.names = {one.relative_to(self.path).as_posix() for one in self.path.rglob("*") if one.is_file()}
        for name in (one.orig_filename for one in members):
            is_inside = "\\" not in name and ":" not in name and not {"", ".", ".."} & {*name.split("/")}
            must(is_inside, "a path outside the kit¦路径超出证据包", name)
            must(name not in self.names, "there twice¦重复", name)
            self.names.add(name)
        self.place = "kit.json"
        self.about = parse(self.read("kit.json"))
        same("format¦格式", self.about["format"], 1)
        self.first: int = self.about.get("bodies_from", 0)  # entries before that have lost their bytes

    def open(self, name: str) -> Any:
        """Open a file of the kit."""
        must(name in self.names, "missing¦缺少", name)
        return self.zip.open(name) if self.zip else (self.path / name).open("rb")

    def read(self, name: str, most: int = WHOLE) -> bytes:
        """Read a file whole. Nothing but brackets would take thirty times its length in memory."""
        with self.open(name) as file:
            raw = bytes(file.read(most + 1))
        is_dense = raw.count(b"[") + 2 * raw.count(b"{") > 9999 + len(raw) // 8
        must(len(raw) <= most and not is_dense, "too great¦过大", name)
        return raw

    def lines(self, name: str) -> Iterator[bytes]:
        """Give the lines of a file without their ends."""
        with self.open(name) as file:
            for n, line in enumerate(iter(lambda: file.readline(LINE), b"")):
                must(line.endswith(b"\n"), "a line without end, or too long¦行没有结尾或过长", line[:60])
                fits = line.count(b"[") + 2 * line.count(b"{") <= 99 + len(line) // 8
                must(n < self.most and fits, "too many lines or brackets¦行或括号过多", f"{name}:{n + 1}")
                yield line[:-1]

    def entries(self) -> Iterator[tuple[int, Json, list[Json]]]:
        """Give each entry that has its bytes: its number, itself and its disclosures."""
        rows = map(decode, map(bytes.decode, self.lines("disclosures.jsonl")))
        row = next(rows, None)
        for seq, line in islice(enumerate(self.lines("entries.jsonl")), self.first, None):
            self.place, mine = f"entry {seq}", list[Json]()
            while row is not None and row["seq"] == seq:
                must([*map(type, row.values())] == [str, str, int], "no disclosure¦不是披露", row)
                mine.append(row)
                row = next(rows, None)
            yield seq, decode(line.decode()), mine
        self.place = "disclosures.jsonl"
        must(row is None, "out of order, or of no entry¦顺序不对，或不属于任何条目", row)

    @cached_property
    def leaves(self) -> list[bytes]:
        """Give the leaf hashes (RFC 6962 section 2.1); of entries without bytes the tiles alone have them."""
        self.place = "tile/0"
        tiles = b"".join(self.read(name, TILE) for name in sorted(self.names) if name.startswith("tile/0/"))
        kept = [tiles[at : at + 32] for at in range(0, len(tiles), 32)]
        lines = islice(self.lines("entries.jsonl"), self.first, None)
        leaves = kept[: self.first] + [hashlib.sha256(b"\0" + line).digest() for line in lines]
        odd = [seq for seq, leaf in enumerate(leaves) if kept[seq : seq + 1] != [leaf]]
        must(kept == leaves, "not the leaves of entries¦不是下列条目的叶", odd)
        return leaves

    @cached_property
    def checkpoints(self) -> dict[str, Json]:
        """Read the checkpoints of the kit and those from outside, by place."""
        names = sorted(name for name in self.names if name.startswith("checkpoint"))
        raws, found = {name: self.read(name, NOTE) for name in names} | self.outside, dict[str, Json]()
        for self.place, raw in raws.items():
            found[self.place] = parse_checkpoint(raw)
        return {**found, **{f"entry {seq}": one for seq, one in self.lost.items()}}

    @cached_property
    def lost(self) -> dict[int, Json]:
        """Read the checkpoints for which entries give up an end that is lost, by entry."""
        found = dict[int, Json]()
        for seq, line in filter(lambda one: b"Recovered" in one[1], enumerate(self.lines("entries.jsonl"))):
            for fact in (one for one in decode(line.decode())["facts"] if one["fact"] == "JournalRecovered"):
                self.place, opened = f"entry {seq}", max(found, default=0)  # who opened it until now
                found[seq] = one = fact | parse_checkpoint(fact["note"].encode())
                same("gives up¦放弃", one | fact, one | {"opened": opened})
        return found


def check_bytes(kit: Kit) -> Json:
    """Hold the files against kit.json, and each entry and disclosure against its canonical form."""
    listed = {**kit.about["files"], "kit.json": None}
    for name in sorted(kit.names | listed.keys()):
        kit.place = name
        must(name in kit.names and name in listed, "extra, or missing¦多余或缺少")
        sha = hashlib.sha256()
        with kit.open(name) as file:
            while block := file.read(1 << 20):
                sha.update(block)
        same("SHA-256", sha.hexdigest(), listed[name] or sha.hexdigest())
    for seq, line in enumerate(kit.lines("entries.jsonl")):
        kit.place = f"entry {seq}"
        same("without bytes¦没有字节", line == b"", seq < kit.first)
        if line:
            entry = parse(line)
            is_so = [entry[name] for name in ("v", "jurisdiction", "seq")]
            same("version, jurisdiction, number¦版本、辖区、编号", is_so, [1, kit.about["jurisdiction"], seq])
            must(re.fullmatch(STAMP, entry["at"]), "time¦时间", entry["at"])
    kit.place = "disclosures.jsonl"
    for line in kit.lines("disclosures.jsonl"):
        parse(line)
    return {"jurisdiction¦辖区": kit.about["jurisdiction"], "files¦文件": len(kit.names)}


def roots(leaves: Iterable[bytes], sizes: Iterable[int]) -> dict[int, bytes]:
    """Give, for some sizes, the root of so many leaves (RFC 6962 section 2.1), by those of full subtrees."""
    wanted, peaks, found = {*sizes}, list[bytes](), {0: hashlib.sha256(b"").digest()}
    for n, leaf in enumerate(leaves, 1):
        peaks.append(leaf)
        for _ in range((n & -n).bit_length() - 1):  # as often as n can be halved
            peaks[-2:] = [hashlib.sha256(b"\1" + peaks[-2] + peaks[-1]).digest()]
        if n in wanted:
            found[n] = reduce(lambda right, left: hashlib.sha256(b"\1" + left + right).digest(), peaks[::-1])
    return found


def check_root(kit: Kit) -> Json:
    """Hold the recomputed leaves against the tiles, and their root against kit.json."""
    leaves, kit.place = kit.leaves, "kit.json"
    same("entries¦条目", kit.about["size"], len(leaves))
    check_heads(kit, {"kit.json": kit.about})
    return {"entries¦条目": len(leaves), "root¦根": kit.about["root"]}


def check_heads(kit: Kit, heads: dict[str, Json]) -> None:
    """Raise `Unfit` unless each head has the root of as many entries, and an origin that an entry opened."""
    opened, ours = [0, *kit.lost, len(kit.leaves)], f"incident/{kit.about['jurisdiction']}/"
    spans = {ours + kit.leaves[one][:8].hex(): (one, end) for one, end in zip(opened, opened[1:])}
    computed = roots(kit.leaves, [head["size"] for head in heads.values()])
    for kit.place, head in heads.items():
        size, root, (first, end) = head["size"], head["root"], spans.get(head["origin"], (0, 0))
        must(end, "of another journal¦属于另一日志", head["origin"])
        is_here = first < size <= end and root == computed[size].hex()
        ends = [(by, one) for by, one in kit.lost.items() if one["origin"] == head["origin"] and not is_here]
        lost = [by for by, one in ends if root == one["root"] or one.get("proven", end) < size < one["size"]]
        must(not lost or kit.place not in kit.outside, "lost; given up by entry¦已丢失；放弃它的条目", lost)
        must(lost or first < size <= end, "cut off, or an older kit¦被截断，或包更早", end, size)
        same("rewritten since; root¦此后被改写；根", root if lost else computed[size].hex(), root)


#: Ed25519 is what RFC 8032 section 5.1 says; here is verification only.
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]  # X, Y, Z, T with x = X/Z, y = Y/Z, x·y = T/Z
ZERO: Point = (0, 1, 1, 0)


def add(p: Point, q: Point) -> Point:
    """Add two points; complete, so it doubles too (section 5.1.4)."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
    return e * f % P, g * h % P, f * g % P, e * h % P


@lru_cache(maxsize=8)
def multiples(p: Point) -> list[list[Point]]:
    """Give p·n·16^place for n to 16 by place; the base point and keys are multiplied again and again."""
    row = [p] * 17
    return [row := list(accumulate([row[16]] * 16, add, initial=ZERO)) for _ in range(64)]


def times(n: int, p: Point) -> Point:
    """Multiply a point by a number below 2^256."""
    return reduce(add, (row[n >> 4 * place & 15] for place, row in enumerate(multiples(p))))


@lru_cache(maxsize=8)
def decode_point(raw: bytes) -> Point:
    """Read a point. Raises `Unfit` unless the 32 bytes are the canonical form of one (section 5.1.3)."""
    y, is_odd = int.from_bytes(raw, "little") & (1 << 255) - 1, raw[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    must(y < P and x * x % P == square and (x or not is_odd), "no point¦不是曲线上的点", raw.hex())
    return (x := P - x if x & 1 != is_odd else x), y, 1, x * y % P


def encode_point(p: Point) -> bytes:
    """Write a point (section 5.1.2)."""
    x, y = (one * pow(p[2], -1, P) % P for one in p[:2])
    return (y | (x & 1) << 255).to_bytes(32, "little")


#: The base point (section 5.1) is that with y = 4/5; the neutral element as it is written.
BASE, NEUTRAL = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little")), encode_point(ZERO)


def check_signature(public: bytes, text: bytes, signature: bytes) -> None:
    """Raise `Unfit` unless S < L, R is canonical and of no low order, [S]B = R + [k]A (section 5.1.7)."""
    r, s = decode_point(signature[:32]), int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % ORDER
    is_canonical = len(signature) == 64 and s < ORDER and encode_point(reduce(add, [r] * 8)) != NEUTRAL
    is_so = encode_point(times(s, BASE)) == encode_point(add(r, times(k, decode_point(public))))
    must(is_canonical and is_so, "another signature¦签名不符", signature.hex())


def parse_key(text: str) -> tuple[str, bytes]:
    """Read `<name>+<8 hex>+<base64(0x01|key)>`, canonical, of prime order: label and key. Raises `Unfit`."""
    name, hex_id, encoded = [*text.strip().split("+", 2), "", ""][:3]
    raw = unbase64(encoded)
    is_key = len(raw) == 33 and raw[0] == 1 and re.fullmatch(r"\S+", name)
    must(is_key, "no Ed25519 key¦不是 Ed25519 公钥", text)
    same("key id¦公钥标识", hex_id, hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8])
    must(raw[1:] != NEUTRAL == encode_point(times(ORDER, decode_point(raw[1:]))), "low order¦低阶公钥", text)
    return f"{name}+{hex_id}", raw[1:]


def parse_checkpoint(raw: bytes) -> Json:
    """Read a checkpoint in its one canonical form, signatures by `<name>+<8 hex>`. Raises `Unfit`."""
    found = re.fullmatch(CHECKPOINT, raw.decode()) or [""] * 6
    must(found[0], "no signed checkpoint¦不是签名的检查点", raw[:160])
    signatures: dict[str, bytes] = {}
    for name, encoded in re.findall(SIGNED, found[5]):
        label = f"{name}+{(signature := unbase64(encoded))[:4].hex()}"
        must(label not in signatures, "one key signs twice¦同一公钥签名两次", label)
        signatures[label] = signature[4:]
    said = {"origin": found[2], "size": int(found[3]), "root": unbase64(found[4]).hex()}
    return {**said, "text": found[1].encode(), "signatures": signatures}


def check_signatures(kit: Kit) -> Json | str:
    """Hold each checkpoint against the keys that are trusted; signatures of other keys count for nothing."""
    kit.place, checkpoints = "--key", kit.checkpoints
    keys = dict(map(parse_key, kit.keys))
    for kit.place, one in checkpoints.items():
        signers = [label for label in one["signatures"] if label in keys]
        must(signers or not keys, "signed by another key¦由其他公钥签名", [*one["signatures"]], [*keys])
        for label in signers:
            check_signature(keys[label], one["text"], one["signatures"][label])
    if not keys or not checkpoints:
        return "no public key given, or no checkpoint¦没有给出公钥，或没有检查点"
    return {"checkpoints¦检查点": len(checkpoints), "keys¦公钥": [*keys]}


def check_consistency(kit: Kit) -> Json | str:
    """Hold each checkpoint against the root of as many entries as it covers."""
    check_heads(kit, kit.checkpoints)
    sizes = {place: one["size"] for place, one in kit.checkpoints.items()}
    kit.place, mine = "checkpoint", [size for place, size in sizes.items() if place[:10] == "checkpoint"]
    must(not mine or sizes.get("checkpoint") == max(mine), "not the newest of the kit¦不是包内最新的")
    if not sizes:
        return "no checkpoint in the kit, none given¦包内没有检查点，也没有给出"
    size, lost = max(sizes.values()), [*kit.lost]  # entries that give up what is lost
    return {"checkpoints¦检查点": len(sizes), "entries covered¦所含条目": size, "given up by¦放弃于": lost}


#: What a fact is called where a filter asks for kinds: by tag and kind, or by what a time was for and found.
CALLED = """
ItemStarted.body=BodyActivated ItemStarted.directive=DirectiveIssued ItemStarted.tenure=SeatTaken
ItemStarted.leave=LeaveNoted ItemStarted.pin=PersonSet ItemStarted.callout=CalledOut
ItemStarted.handover=HandoverSigned ItemStarted.proposal=ProposalMade ItemStarted.break_glass=GlassBroken
ItemChanged.group=GroupConverted ItemChanged.callout=CalloutAnswered ItemChanged.handover=HandoverSigned
ItemEnded.body=BodyStoodDown ItemEnded.group=GroupStoodDown ItemEnded.directive=DirectiveClosed
ItemEnded.leave=LeaveStruck ItemEnded.pin=PersonUnset ItemEnded.callout=CalloutClosed
ItemEnded.handover=HandoverClosed ItemEnded.break_glass=GlassReviewed deadline.met=ReportMet
deadline.missed=ReportMissed reminder.fired=Reminded escalation.fired=Escalated call.fired=Called
handover.fired=HandoverCame handover.waiting=HandoverCame signature.missed=HandoverUnsigned
answer.missed=AnswerMissed answer.unreached=Unreached step_down.proposed=StepDownProposed
step_down.waiting=StepDownDelayed planned_end.fired=PlannedEndReached
confirmation.fired=ConfirmationOverdue outlook.fired=LookedAhead approval.missed=ApprovalMissed"""
NAMES = dict(pair.split("=") for pair in CALLED.split())


def kind_of(fact: Json) -> str:
    """Name a fact as the program's history does: `GroupConverted`, `ReportMissed`, `StateEntered`."""
    tag, before, after = str(fact["fact"]), fact.get("before", {}), fact.get("after", {})
    if tag == "TimerEnded":
        name = f"{fact['what']}.{fact.get('result') or 'fired'}" if fact["end"].startswith("fired") else ""
        return NAMES.get(name) or "".join(map(str.capitalize, [*fact["what"].split("_"), fact["end"]]))
    if not tag.startswith("Item"):
        return "ReportCorrected" if tag == "ReportFiled" and "corrects" in fact else tag
    name = f"{tag}.{fact['kind']}"
    if name == "ItemChanged.group" and before.get("acts_as") and not after.get("acts_as"):
        return "GroupReverted"
    if name == "ItemChanged.callout" and before.get("replaced") != after.get("replaced"):
        return "CalloutReplaced"
    return NAMES.get(name, f"{fact['kind'].capitalize()}{fact.get('outcome', tag[4:]).capitalize()}")


def sealed_parts(entry: Json) -> dict[str, str]:
    """Give the digests of what an entry holds sealed, by the name under which it is disclosed."""
    parts = {name: entry.get(name) for name in ("by", "os_user", "decided_by", "basis", "reason")}
    parts |= {f"data.{name}": value for name, value in entry.get("came", {}).get("data", {}).items()}
    return {name: part["sd"] for name, part in parts.items() if isinstance(part, dict)}


def values_of(entry: Json, rows: list[Json]) -> dict[str, str]:
    """Give the values of an entry that are opened, by name (RFC 9901 section 4.2). Raises `Unfit`."""
    sealed, values = sealed_parts(entry), dict[str, str]()
    for row in rows:
        name, digest = row["name"], hashlib.sha256(row["disclosure"].encode()).digest()
        must(name not in values, "opened twice¦重复披露", name)
        found = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        same("opens¦披露的是", (name, found), (name, sealed.get(name)))
        _salt, named, values[name] = decode(base64.urlsafe_b64decode(row["disclosure"] + "==").decode())
        same("sealed as¦密封时的名称", named, name)
    return values


def check_filter(kit: Kit) -> Json:
    """Rerun the filter: nothing else is opened, and what is not opened stands in kit.json as withheld."""
    matching, asked, withheld = 0, kit.about["filter"], kit.about.get("withheld", [])
    pending = iter(withheld)
    for seq, entry, rows in kit.entries():
        is_matching = asked.get("since", "") <= entry["at"] < asked.get("until", "~")
        is_matching &= asked.get("incident") in (None, entry.get("incident"))
        is_matching &= "kinds" not in asked or any(kind_of(fact) in asked["kinds"] for fact in entry["facts"])
        names = {row["name"] for row in rows}
        must(is_matching or not names, "opened against the filter¦不在筛选范围内却被披露", names)
        for name in sorted(sealed_parts(entry).keys() - names if is_matching else ()):
            same("not opened; next in `withheld`¦未披露；`withheld` 下一项", next(pending, None), [seq, name])
        matching += is_matching
    same("left of `withheld`¦`withheld` 其余", list(pending), [])
    return {"filter¦筛选": asked, "matching¦符合": matching, "withheld or erased¦未披露或已删除": withheld}


def check_disclosures(kit: Kit) -> Json:
    """Open every disclosure, and hold the attachments against the digests that opened values name."""
    opened, named = 0, set[str]()
    for _seq, entry, rows in kit.entries():
        values = values_of(entry, rows)
        opened += len(values)
        named |= {value for name, value in values.items() if name.startswith("data.digest.")}
    there = {name[12:]: kit.about["files"][name] for name in kit.names if name.startswith("attachments/")}
    erased = {*kit.about.get("withheld_attachments", [])}
    same("SHA-256 of attachments¦附件的 SHA-256", there, {name: name for name in named - erased})
    return {"values opened¦披露的值": opened, "attachments¦附件": len(there), "erased¦已删除": sorted(erased)}


# ---- Part two: what it means. Each change of state stands in the table of the playbook in force.


def is_named(book: Json, ref: str, key: str) -> bool:
    """Tell whether a reference means a body, group, unit, office (`a.office`) or seat (`a.leader`)."""
    first, *rest = key.split(".")
    parts = (book.get(part, {}) for part in ("bodies", "subordinate_bodies", "groups", "units"))
    of: Json = next((part[first] for part in parts if first in part), {})
    names = [*of.get("name", {"en": of.get("en", first)}).values(), *of.get("alias", [])]
    for state in book["states"].values():
        acting = state.get("groups", {}).get(first, {})
        names += [*acting["acts_as"].values(), *acting.get("alias", [])] if "acts_as" in acting else []
    for part in rest:
        of = of["office"] if part == "office" else of["seats"][part]
        own = of["name" if part == "office" else "title"]
        joined = [name + own["zh"] for name in names] + [f"{name}, {own['en']}" for name in names]
        names = [*joined, *of.get("alias", []), *(own.values() if part == "office" else ())]
    meant, *known = ("".join(one.split()).casefold() for one in (ref, key, *names))
    return meant in known  # blanks and capitals tell nothing apart


def meets(condition: Any, value: Any) -> bool:
    """Tell whether a value meets a condition: the value itself, a list of them, or bounds."""
    if isinstance(condition, dict):
        least, most = condition.get("at_least"), condition.get("at_most")
        is_number = type(value) is int  # neither `true` nor words
        return is_number and (least is None or value >= least) and (most is None or value <= most)
    known = condition if isinstance(condition, list) else [condition]
    return (type(value), value) in [(type(one), one) for one in known]


class Walk:
    """Follows what is in force (`now`, named as in a snapshot), and holds each step against the table."""

    def __init__(self, kit: Kit) -> None:
        self.kit, self.books, self.open = kit, dict[str, Json](), dict[str, Json]()
        self.now: Json = dict.fromkeys(["state", "authority", "incident", "previous", "previous_authority"])
        self.counts = dict.fromkeys([*ABOUT_STATE, "conditions unread¦条件未披露"], 0)

    def book(self, digest: str) -> Json:
        """Give a playbook of the kit by its SHA-256."""
        if digest not in self.books:
            raw = self.kit.read(f"playbooks/{digest}.json")
            same("SHA-256 of a playbook¦预案的 SHA-256", hashlib.sha256(raw).hexdigest(), digest)
            self.books[digest] = {"initial": "routine", **decode(raw.decode())}
        return self.books[digest]

    def take(self, entry: Json, values: dict[str, str]) -> None:
        """Check an entry and carry it out. Raises `Unfit` for what is wrong."""
        now, book = self.now, self.book(entry["playbook"])
        facts = {one["fact"]: one for one in entry["facts"]}
        same("incident¦应急事件", entry.get("incident"), facts.get("IncidentOpened", now)["incident"])
        expected = [tag for tag in ("PlaybookAdopted", "RequestRefused") if tag in facts]
        if adopted := facts.get("PlaybookAdopted"):
            now.update(playbook=adopted["playbook"], state=now["state"] or adopted["state"])
            same("adopted in state¦采用时的状态", now["state"], book["initial"])
        same("playbook in force¦有效的预案", entry["playbook"], now.get("playbook"))
        if "RequestRefused" in facts:
            must(len(entry["facts"]) == 1, "a refusal that changes something¦拒绝却改变了什么")
        elif "step" in entry:
            expected = self.step(entry, facts, book, values)
        found = [one["fact"] for one in entry["facts"] if one["fact"] in ABOUT_STATE]
        same("facts about the state¦关于状态的事实", sorted(found), sorted(expected))
        self.counts.update((tag, self.counts[tag] + 1) for tag in found)
        items = (one for one in entry["facts"] if one.get("kind") == "proposal")
        self.open.update((one["key"], one.get("after", {})) for one in items)

    def step(self, entry: Json, facts: Json, book: Json, values: dict[str, str]) -> list[str]:
        """Hold a step against the table, and take it; gives the facts about the state that it demands."""
        now, step, who = self.now, book["transitions"].get(entry["step"]), entry.get("authority")
        must(step, "not in the table¦表中没有", entry["step"])
        must(now["state"] in step["from"], "from state¦原状态", now["state"], step["from"])
        same("event¦事件", entry["came"]["type"], step["on"])
        data, fields = entry["came"].get("data", {}), book["events"][step["on"]].get("fields", {})
        for name, condition in step.get("when", {}).items():
            is_sealed = fields[name]["type"] == "text" and isinstance(data.get(name), dict)
            value = values.get(f"data.{name}") if is_sealed else data.get(name)
            is_unread = is_sealed and value is None  # words that are not opened
            self.counts["conditions unread¦条件未披露"] += is_unread
            must(is_unread or meets(condition, value), "condition¦条件", {name: value}, {name: condition})
        refs = [now["authority"] if ref == "activator" else ref for ref in step.get("decided_by", [])]
        may = who and any(ref and is_named(book, ref, who) for ref in refs)
        must(may or not refs, "decided by¦决定机关", who, refs)
        named = self.open.get(entry.get("proposal", ""), {})
        may = named | {"step": entry["step"], "plan": entry.get("plan")} == named or entry.get("break_glass")
        must(may or "approval" not in step, "by one person, not two¦未经两人", entry.get("proposal"))
        target = now["previous"] if step["to"] == "previous" else step["to"]
        must(target in book["states"], "to no state¦不进入任何状态", target)
        if target == now["state"]:
            same("event noted¦记录的事件", facts.get("EventNoted", {}).get("event"), step["on"])
            return ["EventNoted"]
        entered = [facts.get("StateEntered", {}).get(name) for name in ("origin", "target", "authority")]
        same("enters¦进入", entered, [now["state"], target, who])
        is_end, incident = target == book["initial"], facts.get("IncidentOpened", now)["incident"]
        opens, closes = not is_end and not now["incident"], bool(is_end and incident)
        holder = now["previous_authority"] if step["to"] == "previous" and not is_end else None
        now.update(previous=now["state"], previous_authority=now["authority"], state=target)
        now.update(authority=holder or who, incident=None if is_end else incident)  # a return returns it
        return ["StateEntered", *["IncidentOpened"] * opens, *["IncidentClosed"] * closes]


def check_transitions(kit: Kit) -> Json | str:
    """Follow the state through all entries, from the first, or from the snapshot after those dropped."""
    walk, snapshot = Walk(kit), f"snapshots/{kit.first:012d}.json"
    if kit.first and snapshot not in kit.names:
        return "entries were dropped, and there is no snapshot¦条目已删除，且没有快照"
    walk.now |= decode(kit.read(snapshot).decode())["situation"] if kit.first else {}
    for _seq, entry, rows in kit.entries():
        walk.take(entry, values_of(entry, rows))
    kit.place, there = "kit.json", {name for name in kit.names if name.startswith("playbooks/")}
    same("playbooks¦预案", sorted(there), sorted(f"playbooks/{name}.json" for name in walk.books))
    return {**walk.counts, "from entry¦自条目": kit.first}


LEVELS: dict[str, Callable[[Kit], Json | str]] = {"bytes¦字节": check_bytes, "root¦叶与根": check_root}
LEVELS |= {"signatures¦签名": check_signatures, "consistency¦一致性": check_consistency}
LEVELS |= {"filter¦筛选": check_filter, "disclosures¦披露": check_disclosures}
LEVELS["transitions¦转换"] = check_transitions


def verify(path: str, keys: list[str], outside: dict[str, bytes], told: Callable[[str], str]) -> bool:
    """Verify a kit and print a line for each level; tell whether none has a fault."""
    kit, holds = None, True
    for level, check in LEVELS.items():
        try:
            kit = kit or Kit(path, keys, outside)
            held = check(kit)
            said = told("NOT CHECKED, ¦未核验，" if isinstance(held, str) else "holds, ¦相符，")
            said += told(held) if isinstance(held, str) else ", ".join(f"{told(k)} {held[k]!r}" for k in held)
        except Exception as error:  # noqa: BLE001 - a hostile file can raise anything, and is at fault then
            what, *odd = error.args if isinstance(error, Unfit) else ("odd form¦形式不对", str(error))
            shown = told(", expected ¦，应为 ").join(repr(one)[:160] for one in odd)  # steers no terminal
            place, holds = ascii(kit.place)[1:-1] if kit else path, False
            said = f"{told('FAULT, ¦有问题，')}{place}: {told(what)} {shown}"
        print(f"{told(level)}: {said}")
        if kit is None:
            break
    end = "What was checked holds.¦所核验的均相符。" if holds else "This kit does NOT hold.¦此证据包不成立。"
    print(told(end), told("More is checked by¦核验更多内容："), "incident journal verify KIT.zip")
    return holds


def main() -> int:
    """Read the command line."""
    own, system = Path(__file__).resolve(), os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("kit", nargs="?", default=str(own.parent))
    parser.add_argument("--key", action="append", default=[], metavar="PUBLICKEY")
    parser.add_argument("--checkpoint", action="append", default=[], metavar="FILE")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh" if system.startswith("zh") else "en")
    asked = parser.parse_args()
    try:
        Path(asked.kit).stat()
        keys = [one if one.count("+") > 1 else Path(one).read_text("utf-8") for one in asked.key]
        outside = {str(Path(one).absolute()): Path(one).read_bytes() for one in asked.checkpoint}
    except (OSError, ValueError) as error:
        parser.error(str(error))
    print("verify.py SHA-256", hashlib.sha256(own.read_bytes()).hexdigest())
    return int(not verify(asked.kit, keys, outside, lambda pair: pair.split("¦")[-(asked.lang == "zh")]))


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(main())
