"""Verify an evidence kit of `incident` with nothing but Python (3.9 or newer) and a public key.

    python3 verify.py [KIT.zip | FOLDER] --key PUBLICKEY-or-file ... --checkpoint FILE ... [--lang zh|en]

Without KIT it verifies the folder in which it lies. It writes nothing and opens no connection.
Exit code: 0 no fault in what was checked, 1 a fault, 2 wrong usage. What was not checked says NOT CHECKED.
Trust neither the key nor this script because it lies in the kit: compare the key with one from elsewhere, and
the SHA-256 on the first line with that of verify.py in the published program. Bring a checkpoint that left
the house long ago: if whoever rewrote the record had the key, it is found only against that.
 bytes         the ZIP is harmless; files have the SHA-256 of kit.json, none is extra or missing; entries and
               disclosures are canonical JSON, numbered without gap, of this jurisdiction
 root          leaves SHA-256(0x00|bytes), tree after RFC 6962; size and root are those of kit.json
 tiles         hash tiles and entry bundles (C2SP tlog-tiles) are what the entries give
 signatures    Ed25519 (RFC 8032) over C2SP signed notes, canonical only, by a key that you gave
 consistency   the root of the first m entries is that of each checkpoint of size m, the kit's and yours
 origin        each checkpoint's origin names this jurisdiction and an entry of this tree
 filter        rerun over all entries: only those that match are opened; each of their sealed values is
               opened, or stands in kit.json as withheld and is listed here
 disclosures   each opens the sealed value of its entry and name
 attachments   each is named by an opened value; one that is missing stands in kit.json and is listed here
 transitions   playbooks have the SHA-256 that entries name; each step stands in the playbook in force, for
               this state, event and condition, first of the table; decided by a body that the table names, on
               a basis; not before the state it leaves; its plan has the hash; the incident's number follows;
               what stands after a switch is what the playbook lists, each `before` is what stood; a refusal
               changes nothing. A condition on a value that is not opened is taken as met, and counted.
Only `incident journal verify KIT.zip` (full replay) checks whether refusals were right, promised times,
planned ends, confirmations, duty, filings, notices, other acts, and that timeline.html and the ledgers say
what the entries say. Nothing can tell whether what was entered is true.

核验 `incident` 的证据包，只需 Python（3.9 以上）和公钥，用法见上。不给出 KIT 时核验本文件所在文件夹。不写入，不联网。
退出码：0 所核验的没有问题，1 有问题，2 用法错误；没有核验的写明“未核验”。不要因为公钥和本脚本在包内就相信它们：
公钥须与另行取得的核对，第一行的 SHA-256 须与已发布程序中的 verify.py 核对。请带上早先送出的检查点：掌握密钥的人若
重写记录，只有与它比对才能发现。
 字节：压缩包无害，文件与 kit.json 相符，条目是规范 JSON，编号连续    叶与根：按 RFC 6962 重算    瓦片：与条目相符
 签名：Ed25519，只接受规范形式，须是您给出的公钥    一致性：每个检查点都等于其前 m 个条目的根
 来源：检查点属于本辖区、本树    筛选：重做筛选，只披露符合的条目，未提供的密封值须列明并在此列出
 披露：确为该条目该名称的值    附件：由已披露的值指明，缺少的须列明
 转换：预案相符；每一步都是当时预案规定的，状态、事件、条件相符（值未披露的视为相符并计数），由规定的机关依据作出决定，
 不早于前一状态；计划的散列、事件编号相符；转换后的部署就是预案所列，“之前”与实际相接；拒绝不改变任何事
拒绝是否正确，期限、预定结束、确认、值班、报送、通知、其他行为，时间线和台账是否与条目相符，
只有 `incident journal verify KIT.zip`（完整重放）核验。任何核验都不能说明录入的内容是否真实。
"""

# Laid out by hand, one blank line between definitions: it is read in one go, on paper too.
# fmt: off
from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import sys
import zipfile
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property, reduce
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]
#: What a level says when it holds: a template and its values.
Result = tuple[Any, ...]
#: Bounds: bytes of a member, of one read whole, of JSON; how far a member may be packed; how many there are.
MEMBER, WHOLE, LINE, PACKED, MEMBERS = 4 << 30, 32 << 20, 8 << 20, 200, 1_000_000
#: The zone of a playbook that names none; the kind of a file that is a link, in its Unix mode.
ZONE, LINK = "Asia/Shanghai", 0o12
#: Signs that are shown of a value, hashes of a tile.
SIGNS, WIDTH = 160, 256
LAYOUT = re.compile(
    r"README\.txt|verify\.py|kit\.json|public-key\.txt|entries\.jsonl|disclosures\.jsonl|checkpoint"
    r"|checkpoints/\d{12}\.txt|snapshots/\d{12}\.json|playbooks/[0-9a-f]{64}\.json|attachments/[0-9a-f]{64}"
    r"|tile/(\d{1,2}|entries)/(x\d{3}/)*\d{3}(\.p/[1-9]\d{0,2})?|timeline\.html|duty\.csv|reports\.csv")

class Unfit(Exception):
    """Something is not as it has to be: a template in both languages, parted by ¦, and its values."""

class Unchecked(Exception):
    """A level cannot be checked, and why."""

def must(so: object, template: str, *values: object) -> None:
    """Raise `Unfit` unless it is so."""
    if not so:
        raise Unfit(template, *values)

def same(what: str, found: object, expected: object) -> None:
    """Raise `Unfit` unless what was found is what was expected."""
    english, chinese = what.split("¦")
    must(found == expected, english + ": {}, expected {}¦" + chinese + "：{}，应为 {}", found, expected)

# -- The kit: a ZIP file or a folder, read within bounds.

class Kit:
    """The files of a kit by name. Raises `Unfit` for a container that is not harmless."""

    def __init__(self, path: str) -> None:
        self.path, self.names = Path(path), set[str]()
        self.zip = None if self.path.is_dir() else zipfile.ZipFile(path)
        members = self.zip.infolist() if self.zip else []
        must(sum(one.compress_size for one in members) <= self.path.stat().st_size or not members,
             "members that overlap¦成员互相重叠")
        for one in members:
            self._take(one.orig_filename, one.file_size)
            is_plain = one.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            must(is_plain and not one.flag_bits & 1 and one.external_attr >> 28 != LINK,
                 "{}: a link, encrypted, or oddly packed¦{}：是链接、加密或压缩方式不允许", one.filename)
            must(one.file_size <= max(1 << 20, PACKED * one.compress_size),
                 "{}: too great for its {} packed bytes¦{}：压缩为 {} 字节，不合理", one.filename, one.compress_size)
        for file in self.path.rglob("*"):
            must(not file.is_symlink(), "{}: a link¦{}：是链接", file.name)
            if file.is_file():
                self._take(file.relative_to(self.path).as_posix(), file.stat().st_size)

    def _take(self, name: str, size: int) -> None:
        is_inside = "\\" not in name and ":" not in name and not {"", ".", ".."} & {*name.split("/")}
        must(is_inside, "{}: a path outside the kit¦{}：路径超出证据包", name)
        must(name not in self.names, "{}: there twice¦{}：重复", name)
        must(size <= MEMBER and len(self.names) < MEMBERS,
             "{}: {} bytes, or too many files¦{}：{} 字节，过大，或文件过多", name, size)
        self.names.add(name)

    def open(self, name: str) -> Any:
        """Open a file of the kit."""
        return self.zip.open(name) if self.zip else (self.path / name).open("rb")

    def read(self, name: str) -> bytes:
        """Read a file whole. Raises `Unfit` for a great one."""
        with self.open(name) as file:
            raw = bytes(file.read(WHOLE + 1))
        must(len(raw) <= WHOLE, "{}: too great¦{}：过大", name)
        return raw

    def lines(self, name: str) -> Iterator[bytes]:
        """Give the lines of a file without their ends. Raises `Unfit` for one without, or too long."""
        with self.open(name) as file:
            while line := file.readline(LINE):
                must(line.endswith(b"\n"), "a line without end, or too long¦行没有结尾或过长")
                yield line[:-1]

    def digest(self, name: str) -> str:
        """Give the SHA-256 of a file."""
        sha = hashlib.sha256()
        with self.open(name) as file:
            while block := file.read(1 << 20):
                sha.update(block)
        return sha.hexdigest()

_decode = json.JSONDecoder(parse_float=int, parse_constant=int).decode  # `int` takes neither 1.5 nor NaN
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode

def parse(raw: bytes) -> Json:
    """Read an object from its canonical JSON (RFC 8785, integers only). Raises `Unfit`, or as `json` does."""
    must(len(raw) <= LINE, "too long¦过长")
    plain: Any = _decode(raw.decode())
    must(isinstance(plain, dict) and _encode(plain).encode() == raw, "not canonical: {}¦不规范：{}", raw[:60])
    return dict(plain)

def hash_of(plain: object) -> str:
    """Give the SHA-256 of canonical JSON."""
    return hashlib.sha256(_encode(plain).encode()).hexdigest()

def unbase64(text: str, altchars: bytes = b"+/") -> bytes:
    """Read canonical base64, without padding if it is base64url. Raises `Unfit` or `ValueError`."""
    pad = "=" if altchars == b"-_" else ""
    raw = base64.b64decode(text + pad * (-len(text) % 4), altchars, validate=True)
    same("base64¦base64", text, base64.b64encode(raw, altchars).decode().rstrip(pad or " "))
    return raw

def check_stamp(at: str) -> None:
    """Raise `Unfit` unless it is of the form `2026-03-01T02:40:00Z`; such stamps sort as times do."""
    must(re.fullmatch(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ", at, re.ASCII), "time: {}¦时间：{}", at)

class Case:
    """A kit, what was brought to verify it, and the place that is looked at."""

    def __init__(self, kit: Kit, keys: list[str], outside: dict[str, bytes]) -> None:
        self.kit, self.keys, self.outside, self.place = kit, keys, outside, "kit.json"
        self.about = parse(kit.read("kit.json"))
        same("format¦格式", self.about["format"], 1)
        #: Entries before this number have lost their bytes; their leaves are in the tiles.
        self.first: int = self.about.get("bodies_from", 0)

    def at(self, places: Iterable[str]) -> Iterator[str]:
        """Go through places, one after another."""
        for self.place in places:
            yield self.place

    def entries(self) -> Iterator[tuple[int, Json | None, list[Json]]]:
        """Give each entry with its number and disclosures; None for one that lost its bytes."""
        rows = map(_decode, map(bytes.decode, self.kit.lines("disclosures.jsonl")))
        row = next(rows, None)
        for seq, line in enumerate(self.kit.lines("entries.jsonl")):
            mine: list[Json] = []
            while row is not None and row["seq"] == seq:
                mine.append(row)
                row = next(rows, None)
            self.place = f"entry {seq}"
            yield seq, None if not line else _decode(line.decode()), mine
        self.place = "disclosures.jsonl"
        must(row is None, "out of order, or of no entry: {}¦顺序不对，或不属于任何条目：{}", row)

    @cached_property
    def leaves(self) -> list[bytes]:
        """Give the leaf hashes."""
        widths = range(self.about["size"], self.about["size"] - self.first, -WIDTH)
        tiles = (tile_name(0, index, min(WIDTH, width)) for index, width in enumerate(widths))
        kept = b"".join(map(self.kit.read, tiles))
        dropped = [kept[32 * seq : 32 * seq + 32] for seq in range(self.first)]
        bodies = islice(self.kit.lines("entries.jsonl"), self.first, None)
        return dropped + [hashlib.sha256(b"\0" + body).digest() for body in bodies]

    @cached_property
    def checkpoints(self) -> dict[str, Checkpoint]:
        """Read the checkpoints of the kit and those from outside, by place."""
        names = sorted(name for name in self.kit.names if name.startswith("checkpoint"))
        raws = {**{name: self.kit.read(name) for name in names}, **self.outside}
        return {place: parse_checkpoint(raws[place]) for place in self.at(raws)}

def check_bytes(case: Case) -> Result:
    """Hold the files against kit.json, and each entry and disclosure against its canonical form."""
    kit, listed = case.kit, {**case.about["files"], "kit.json": None}
    for name in case.at(sorted(kit.names | listed.keys())):
        must(name in kit.names and name in listed and LAYOUT.fullmatch(name), "extra, or missing¦多余或缺少")
        if name != "kit.json":
            same("SHA-256¦SHA-256", kit.digest(name), listed[name])
    for seq, line in enumerate(kit.lines("entries.jsonl")):
        case.place = f"entry {seq}"
        must((seq < case.first) == (line == b""), "bytes that were dropped, or were not¦应已删除或不应删除")
        if line:
            entry = parse(line)
            said = (entry["v"], entry["jurisdiction"], entry["seq"])
            same("format, jurisdiction, number¦格式、辖区、编号", said, (1, case.about["jurisdiction"], seq))
            check_stamp(entry["at"])
    case.place, last, names = "disclosures.jsonl", 0, set[str]()
    for row in map(parse, kit.lines("disclosures.jsonl")):
        names = names if row["seq"] == last else set()
        must(row["seq"] >= last and row["name"] not in names, "out of order, or twice: {}¦顺序不对或重复：{}", row)
        last, names = row["seq"], names | {row["name"]}
    return "{} files of {}¦{} 个文件，{}", len(kit.names), case.about["jurisdiction"]

# -- The tree: RFC 6962 section 2.1, and its tiles (C2SP tlog-tiles).

def node(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent."""
    return hashlib.sha256(b"\x01" + left + right).digest()

def roots(leaves: Iterable[bytes], sizes: Collection[int]) -> dict[int, bytes]:
    """Give, for some sizes, the root of so many leaves; `peaks` are the full subtrees, largest first."""
    peaks: list[bytes] = []
    found = {0: hashlib.sha256(b"").digest()}
    for size, leaf in enumerate(leaves):
        peak, low = leaf, size
        while low & 1:
            peak, low = node(peaks.pop(), peak), low >> 1
        peaks.append(peak)
        if size + 1 in sizes:
            found[size + 1] = reduce(lambda right, left: node(left, right), reversed(peaks))
    return found

def tile_name(level: object, index: int, width: int) -> str:
    """Name a tile: `tile/0/x001/234`, `tile/1/000.p/17`."""
    last, high = f"{index % 1000:03d}", index // 1000
    while high:
        last, high = f"x{high % 1000:03d}/{last}", high // 1000
    return f"tile/{level}/{last}" + ("" if width == WIDTH else f".p/{width}")

def check_root(case: Case) -> Result:
    """Hold the recomputed tree against kit.json."""
    case.place, size = "kit.json", len(case.leaves)
    is_so = size, roots(case.leaves, {size})[size].hex()
    same("entries and root¦条目数和根", (case.about["size"], case.about["root"]), is_so)
    return ("{} entries, root {}¦{} 个条目，根 {}", *is_so)

def check_tiles(case: Case) -> Result:
    """Rebuild every hash tile and entry bundle, and hold the kit's against it."""
    rest = {name for name in case.kit.names if name.startswith("tile/")}
    level, hashes, rebuilt = 0, case.leaves, dict[str, bytes]()
    while hashes:
        parts = [hashes[at : at + WIDTH] for at in range(0, len(hashes), WIDTH)]
        rebuilt |= {tile_name(level, index, len(part)): b"".join(part) for index, part in enumerate(parts)}
        level, hashes = level + 1, [roots(part, {WIDTH})[WIDTH] for part in parts if len(part) == WIDTH]
    for name in case.at(rebuilt):
        must(name in rest and case.kit.read(name) == rebuilt[name], "missing, or another¦缺少或不同")
    bodies = case.kit.lines("entries.jsonl")
    for index in range(-(-len(case.leaves) // WIDTH)):
        bundle = list(islice(bodies, WIDTH))
        name = case.place = tile_name("entries", index, len(bundle))
        if all(0 < len(body) < 1 << 16 for body in bundle):
            framed = b"".join(len(body).to_bytes(2, "big") + body for body in bundle)
            must(name in rest and case.kit.read(name) == framed, "missing, or another¦缺少或不同")
            rest.remove(name)
        else:
            must(index in case.about.get("bundles_left_out", []), "left out, and not named so¦略去而未列明")
    same("tiles of another tree¦其他树的瓦片", sorted(rest - rebuilt.keys()), [])
    return "{} hash tiles¦{} 个哈希瓦片", len(rebuilt)

# -- Ed25519: RFC 8032 section 5.1, verification only.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
#: X, Y, Z, T with x = X/Z, y = Y/Z, x·y = T/Z
Point = tuple[int, int, int, int]
ZERO: Point = (0, 1, 1, 0)

def add(p: Point, q: Point) -> Point:
    """Add two points; complete, so it doubles too (section 5.1.4)."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
    return e * f % P, g * h % P, f * g % P, e * h % P

def decode_point(raw: bytes) -> Point | None:
    """Read a point; None unless the 32 bytes are the canonical form of one (section 5.1.3)."""
    y, is_odd = int.from_bytes(raw, "little") & (1 << 255) - 1, raw[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and is_odd):
        return None
    x = P - x if x & 1 != is_odd else x
    return x, y, 1, x * y % P

def encode_point(p: Point) -> bytes:
    """Write a point (section 5.1.2)."""
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")

def multiples(p: Point) -> list[list[Point]]:
    """Give j·16^i·p for each i below 64 and j below 16: a product then needs additions alone."""
    rows = []
    for _ in range(64):
        row = [ZERO]
        for _ in range(15):
            row.append(add(row[-1], p))
        rows.append(row)
        p = add(row[-1], p)
    return rows

def times(n: int, rows: list[list[Point]]) -> Point:
    """Multiply the point of a table by n < 2^256."""
    product = ZERO
    for row in rows:
        product = add(product, row[n & 15])
        n >>= 4
    return product

#: A public key: its C2SP name and id, its bytes, and the multiples of the negated point.
Key = NamedTuple("Key", [("name", str), ("id", bytes), ("raw", bytes), ("rows", "list[list[Point]]")])
#: The base point (section 5.1) is that with y = 4/5.
BASE = multiples(decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or ZERO)

def is_signed(key: Key, text: bytes, signature: bytes) -> bool:
    """Tell whether a key signed a text (section 5.1.7): no cofactor, S < L, R canonical, of no low order."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(r + key.raw + text).digest(), "little") % ORDER
    point = add(times(s, BASE), times(k, key.rows))
    is_so = len(signature) == 64 and s < ORDER and encode_point(point) == r
    for _ in range(3):
        point = add(point, point)
    return is_so and encode_point(point) != encode_point(ZERO)

# -- Checkpoints: C2SP signed-note and tlog-checkpoint.

def parse_key(text: str) -> Key:
    """Read `<name>+<8 hex>+<base64(0x01|key)>`. Raises `Unfit` unless canonical, of prime order."""
    name, hex_id, encoded = [*text.strip().split("+", 2), "", ""][:3]
    raw = unbase64(encoded)
    id_ = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    point = decode_point(raw[1:]) if len(raw) == 33 and raw[0] == 1 and re.match(r"\S+$", name) else None
    must(point and id_.hex() == hex_id, "no canonical Ed25519 key: {}¦不是规范的 Ed25519 公钥：{}", text)
    x, y, _, t = point or ZERO
    rows = multiples((P - x, y, 1, P - t))
    is_sound = encode_point((x, y, 1, t)) != encode_point(ZERO) == encode_point(times(ORDER, rows))
    must(is_sound, "a key of low order: {}¦低阶公钥：{}", text)
    return Key(name, id_, raw[1:], rows)

#: A signed head of the tree; signatures by key name and key id.
Checkpoint = NamedTuple("Checkpoint", [("text", bytes), ("origin", str), ("size", int), ("root", bytes),
                                       ("signatures", "dict[tuple[str, bytes], bytes]")])

def parse_checkpoint(raw: bytes) -> Checkpoint:
    """Read a checkpoint in its one canonical form. Raises `Unfit`."""
    text, parted, signed = raw.decode(errors="replace").rpartition("\n\n")
    is_note = parted and len(raw) <= LINE and signed.endswith("\n") and f"{text}\n\n{signed}".encode() == raw
    must(is_note and not re.search(rb"[\0-\t\v-\x1f]", raw), "no signed note¦不是签名文本")
    signatures: dict[tuple[str, bytes], bytes] = {}
    for line in signed[:-1].split("\n"):
        found = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
        name, signature = (found[1], unbase64(found[2])) if found else ("", b"")
        is_new = len(signature) > 4 and (name, signature[:4]) not in signatures
        must(is_new, "no signature line, or one key's second: {}¦不是签名行，或同一公钥的第二行：{}", line)
        signatures[name, signature[:4]] = signature[4:]
    head = re.fullmatch(r"(\S+)\n(0|[1-9][0-9]{0,17})\n(\S{44})\nat (\S+)", text) or [""] * 5
    must(head[0], "no checkpoint: {}¦不是检查点：{}", text)
    check_stamp(head[4])
    return Checkpoint(f"{text}\n".encode(), head[1], int(head[2]), unbase64(head[3]), signatures)

def check_signatures(case: Case) -> Result:
    """Hold each checkpoint against the keys that are trusted; signatures of other keys count for nothing."""
    keys = {text: parse_key(text) for text in case.at(case.keys)}
    for place in case.at(case.checkpoints):
        one = case.checkpoints[place]
        signers = [key for key in keys.values() if (key.name, key.id) in one.signatures]
        must(signers or not keys, "not signed by a key that you gave, but by {}¦不是由给出的公钥签署，而是由 {}",
             [f"{name}+{id_.hex()}" for name, id_ in one.signatures])
        for key in signers:
            is_so = is_signed(key, one.text, one.signatures[key.name, key.id])
            must(is_so, "not signed by {}¦不是 {} 的签名", key.name)
    if not keys or not case.checkpoints:
        raise Unchecked("no checkpoint in the kit, none given¦包内没有检查点，也没有给出" if keys else
                        "no public key given¦没有给出公钥")
    names = [f"{key.name}+{key.id.hex()}" for key in keys.values()]
    return "{} checkpoints, keys {}¦{} 个检查点，公钥 {}", len(case.checkpoints), names

def check_consistency(case: Case) -> Result:
    """Hold each checkpoint against the root of as many entries as it covers."""
    sizes = {place: one.size for place, one in case.checkpoints.items()}
    computed = roots(case.leaves, {*sizes.values()})
    for place in case.at(sizes):
        one = case.checkpoints[place]
        must(one.size <= len(case.leaves), "covers {} entries, the kit ends after {}: cut off, or older"
             "¦含 {} 个条目，包内只有 {} 个：被截断，或包更早", one.size, len(case.leaves))
        must(computed[one.size] == one.root, "the first {} entries have root {}, not {}: rewritten since"
             "¦前 {} 个条目的根是 {}，不是 {}：此后被改写", one.size, computed[one.size].hex(), one.root.hex())
    case.place, mine = "checkpoint", [size for place, size in sizes.items() if place not in case.outside]
    must(not mine or sizes.get("checkpoint") == max(mine), "not the newest of the kit¦不是包内最新的")
    if not sizes:
        raise Unchecked("no checkpoint in the kit, none given¦包内没有检查点，也没有给出")
    return "{} checkpoints, to {} entries¦{} 个检查点，至 {} 个条目", len(sizes), max(sizes.values())

def check_origin(case: Case) -> Result:
    """Find the entry that each origin names."""
    journal = f"incident/{case.about['jurisdiction']}/"
    openers = {journal + leaf[:8].hex(): seq for seq, leaf in enumerate(case.leaves)}
    origins = {"kit.json": (case.about["origin"], len(case.leaves))}
    origins |= {place: (one.origin, one.size) for place, one in case.checkpoints.items()}
    for place in case.at(origins):
        origin, size = origins[place]
        must(openers.get(origin, size) < size, "{} names none of {} entries¦{} 不指向 {} 个条目", origin, size)
    return "opened by entry {}¦由条目 {} 开始", sorted({openers[origin] for origin, _ in origins.values()})

# -- Filter and disclosures.

#: What a fact is called where a filter asks for kinds: by tag and kind, or by what a time was for and found.
CALLED = dict(pair.split("=") for pair in """
ItemStarted.body=BodyActivated ItemStarted.directive=DirectiveIssued ItemStarted.tenure=SeatTaken
ItemStarted.leave=LeaveNoted ItemStarted.pin=PersonSet ItemStarted.callout=CalledOut
ItemStarted.handover=HandoverSigned ItemChanged.group=GroupConverted ItemChanged.callout=CalloutAnswered
ItemChanged.handover=HandoverSigned ItemEnded.body=BodyStoodDown ItemEnded.group=GroupStoodDown
ItemEnded.directive=DirectiveClosed ItemEnded.leave=LeaveStruck ItemEnded.pin=PersonUnset
ItemEnded.callout=CalloutClosed ItemEnded.handover=HandoverClosed deadline.met=ReportMet
deadline.missed=ReportMissed reminder.fired=Reminded escalation.fired=Escalated call.fired=Called
handover.fired=HandoverCame handover.waiting=HandoverCame signature.missed=HandoverUnsigned
answer.missed=AnswerMissed answer.unreached=Unreached step_down.proposed=StepDownProposed
step_down.waiting=StepDownDelayed planned_end.fired=PlannedEndReached confirmation.fired=ConfirmationOverdue
outlook.fired=LookedAhead""".split())

def kind_of(fact: Json) -> str:
    """Name a fact as the program's history does: `GroupConverted`, `ReportMissed`, `StateEntered`."""
    tag, before, after = str(fact["fact"]), fact.get("before", {}), fact.get("after", {})
    if tag == "TimerEnded":
        name = f"{fact['what']}.{fact.get('result') or 'fired'}" if fact["end"].startswith("fired") else ""
        return CALLED.get(name) or "".join(map(str.capitalize, [*fact["what"].split("_"), fact["end"]]))
    if not tag.startswith("Item"):
        return "ReportCorrected" if tag == "ReportFiled" and "corrects" in fact else tag
    switched = fact["kind"] if tag == "ItemChanged" else ""
    if switched == "group" and before.get("acts_as") and not after.get("acts_as"):
        return "GroupReverted"
    if switched == "callout" and before.get("replaced") != after.get("replaced"):
        return "CalloutReplaced"
    return CALLED.get(f"{tag}.{fact['kind']}", f"{fact['kind'].capitalize()}{tag[4:]}")

def matches(asked: Json, entry: Json) -> bool:
    """Tell whether an entry is one of those that a kit opens."""
    return (asked.get("incident") in (None, entry.get("incident"))
            and asked.get("since", "") <= entry["at"] < asked.get("until", "~")
            and ("kinds" not in asked or any(kind_of(fact) in asked["kinds"] for fact in entry["facts"])))

def sealed_parts(entry: Json) -> dict[str, str]:
    """Give the digests of what an entry holds sealed, by the name under which it is disclosed."""
    data = {f"data.{name}": value for name, value in entry.get("came", {}).get("data", {}).items()}
    parts = {name: entry.get(name) for name in ("by", "os_user", "decided_by", "basis", "reason")} | data
    return {name: part["sd"] for name, part in parts.items() if isinstance(part, dict)}

def values_of(entry: Json | None, rows: list[Json]) -> dict[str, str]:
    """Give the values of an entry that are opened, by name (RFC 9901 section 4.2). Raises `Unfit`."""
    sealed, values = sealed_parts(entry or {}), {}
    for row in rows:
        digest = base64.urlsafe_b64encode(hashlib.sha256(row["disclosure"].encode()).digest())
        name = row["name"]
        same("opens¦披露的是", (name, digest.decode().rstrip("=")), (name, sealed.get(name)))
        _salt, named, values[name] = _decode(unbase64(row["disclosure"], b"-_").decode())
        same("sealed under the name¦密封时的名称", named, name)
    return values

def check_filter(case: Case) -> Result:
    """Rerun the filter: nothing else is opened, and what is not opened stands in kit.json as withheld."""
    matching, withheld = 0, case.about.get("withheld", [])
    pending = iter(withheld)
    for seq, entry, rows in case.entries():
        names, sealed = {row["name"] for row in rows}, sealed_parts(entry or {})
        is_matching = entry is not None and matches(case.about["filter"], entry)
        must(is_matching or not rows, "opened against the filter: {}¦不在筛选范围内却被披露：{}", names)
        matching += is_matching
        for name in sorted(sealed.keys() - names if is_matching else ()):
            must(next(pending, None) == [seq, name], "{} left out, not named as withheld¦{} 未披露，也未列明", name)
    same("named as withheld¦列为未披露", list(pending), [])
    return ("{}: {} of {} entries match; withheld or erased: {}¦{}：{} / {} 个条目符合；未提供或已删除：{}",
            case.about["filter"], matching, case.about["size"], withheld)

def check_disclosures(case: Case) -> Result:
    """Open every disclosure."""
    return "{} values opened¦披露了 {} 个值", sum(len(values_of(entry, rows)) for _, entry, rows in case.entries())

def check_attachments(case: Case) -> Result:
    """Hold the attachments against the digests that opened values name."""
    named = {value for _, entry, rows in case.entries() for name, value in values_of(entry, rows).items()
             if name.startswith("data.digest.")}
    there = {name[12:] for name in case.kit.names if name.startswith("attachments/")}
    gone = {*case.about.get("withheld_attachments", [])}
    for digest in case.at(sorted(there | {*gone} | named)):
        is_so = digest in gone or (digest in there and case.kit.digest(f"attachments/{digest}") == digest)
        must(digest in named and is_so, "missing, other bytes, or named by no opened value¦缺少、内容不同，或无已披露的值指明")
    return "{} there; erased: {}¦{} 个；已删除：{}", len(there), sorted(gone)

# -- Transitions.

#: What a field of an event holds: words are sealed, the rest is readable.
FORMS = {"text": dict, "choice": str, "integer": int}
#: Where a state lists what stands, by kind of item.
POSTURE = {"body": "bodies", "group": "groups", "roster": "rosters"}
POSTURE |= {"obligation": "obligations", "measure": "measures", "clock": "clocks"}
#: Facts that come only with a step of the playbook; facts that an entry holds once at most.
ONCE_A_STEP = {"EventNoted", "ActivationConfirmed", "IncidentOpened", "IncidentClosed", "StateEntered"}
ONCE, STEPS = ONCE_A_STEP | {"PlaybookAdopted", "RequestRefused"}, ONCE_A_STEP | {"ClockReset"}

def joined(owner: Json, own: Json) -> Json:
    """Give the name of what is an owner's: its office, its seat."""
    return {"zh": owner["zh"] + own["zh"], "en": f"{owner['en']}, {own['en']}"}

class Book:
    """A playbook: its table, and whom its references name."""

    def __init__(self, raw: bytes) -> None:
        self.data: Json = _decode(raw.decode())
        self.steps, self.states = self.data["transitions"], self.data["states"]
        self.initial = self.data.get("initial", "routine")
        self.index: dict[str, set[tuple[str, ...]]] = {}
        for key, body in [*self.data["bodies"].items(), *self.data.get("subordinate_bodies", {}).items()]:
            self._name("body", key, body["name"], body)
            if "office" in body:
                own = body["office"]["name"]
                self._name("office", f"{key}.office", joined(body["name"], own), body["office"], own.values())
        for key, group in self.data.get("groups", {}).items():
            acting = [state.get("groups", {}).get(key, {}) for state in self.states.values()]
            acting = [one for one in acting if "acts_as" in one]
            others = [words for one in acting for words in (*one["acts_as"].values(), *one.get("alias", []))]
            self._name("group", key, group["name"], group, others)
        for key, unit in self.data.get("units", {}).items():
            self._name("unit", key, {"zh": key, "en": unit["en"]}, unit)

    def _name(self, kind: str, key: str, name: Json, of: Json, others: Iterable[str] = ()) -> None:
        alias = of.get("alias", [])
        for words in (key, name["zh"], name["en"], *alias, *others):
            folded = "".join(words.split()).casefold()
            self.index.setdefault(folded, set()).add((kind, key, name["zh"], name["en"]))
        for seat, one in of.get("seats", {}).items():
            also = [*one.get("alias", []), *(other + one["title"]["zh"] for other in alias)]
            self._name("seat", f"{key}.{seat}", joined(name, one["title"]), {"alias": also})

    def key_of(self, ref: str) -> str | None:
        """Give the key of the one body, office, group, unit or seat meant; a key goes before names."""
        found = self.index.get("".join(ref.split()).casefold(), set())
        found = {one for one in found if one[1] == ref} or found
        return next(iter(found))[1] if len(found) == 1 else None

def meets(condition: Any, value: Any) -> bool:
    """Tell whether a value meets a condition: the value itself, a list of them, or bounds."""
    if not isinstance(condition, dict):
        return value in condition if isinstance(condition, list) else bool(value == condition)
    least, most = condition.get("at_least"), condition.get("at_most")
    return isinstance(value, int) and (least is None or value >= least) and (most is None or value <= most)

class Walk:
    """Follows the state from entry to entry, and holds each step against the table in force."""

    def __init__(self, kit: Kit) -> None:
        self.kit, self.books = kit, dict[str, Book]()
        self.now: Json = dict.fromkeys(["playbook", "state", "since", "authority", "incident"])
        self.now |= dict.fromkeys(["last_incident", "previous", "previous_authority"])
        self.standing: dict[tuple[str, str], Any] = {}
        self.counts = {"StateEntered": 0, "EventNoted": 0, "RequestRefused": 0, "unread": 0}

    def book(self, digest: str) -> Book:
        """Give a playbook of the kit by its SHA-256."""
        if digest not in self.books:
            raw = self.kit.read(f"playbooks/{digest}.json")
            same("SHA-256 of its playbook¦其预案的 SHA-256", hashlib.sha256(raw).hexdigest(), digest)
            self.books[digest] = Book(raw)
        return self.books[digest]

    def take(self, entry: Json, values: dict[str, str]) -> None:
        """Check an entry and carry it out. Raises `Unfit` for what is wrong."""
        facts = {fact["fact"]: fact for fact in entry["facts"]}
        book = self.book(entry["playbook"])
        self._check(entry, facts, book, values)
        self._carry_out(entry, facts)
        is_moved = any(one.get("kind") in POSTURE for one in entry["facts"])
        if is_moved or facts.keys() & {"StateEntered", "PlaybookAdopted"}:
            stands = {key: item for key, item in self.standing.items() if key[0] in POSTURE}
            listed = {(kind, key): item for kind, name in POSTURE.items()
                      for key, item in book.states[self.now["state"]].get(name, {}).items()}
            odd = sorted(key for key in {*stands, *listed} if stands.get(key) != listed.get(key))
            must(not odd, "{} not as the playbook lists them for {}¦{} 与预案为 {} 所列不同", odd, self.now["state"])

    def _check(self, entry: Json, facts: Json, book: Book, values: dict[str, str]) -> None:
        for tag in self.counts.keys() & facts:
            self.counts[tag] += 1
        once = [fact["fact"] for fact in entry["facts"] if fact["fact"] in ONCE]
        must(len(once) == len({*once}), "{} twice¦{} 重复", once)
        if "PlaybookAdopted" in facts:
            self._adopt(entry, facts["PlaybookAdopted"], book)
        else:
            same("playbook, in force was another¦预案与当时有效的不同", entry["playbook"], self.now["playbook"])
        if "RequestRefused" in facts:
            must(len(entry["facts"]) == 1, "a refusal that changes something¦拒绝却改变了什么")
        elif "step" in entry:
            self._step(entry, facts, book, values)
        else:
            same("facts without a step of the playbook¦没有预案步骤的事实", sorted(STEPS & facts.keys()), [])
        incident = facts.get("IncidentOpened", self.now)["incident"]
        same("belongs to incident¦属于应急事件", entry.get("incident"), incident)

    def _adopt(self, entry: Json, fact: Json, book: Book) -> None:
        town, is_first = book.data["jurisdiction"], self.now["state"] is None
        same("adopts¦采用", (fact["playbook"], fact["name"], fact.get("zone", ZONE), entry["jurisdiction"]),
             (entry["playbook"], book.data["playbook"], town.get("zone", ZONE), town["code"]))
        same("begins in¦始于", fact.get("state", self.now["state"]), book.initial)
        is_alone = not {"came", "step"} & entry.keys() and self.now["incident"] is None
        must(is_alone and is_first == ("state" in fact),
             "adopts in an incident, or with another act¦在事件中或另有他事时采用")

    def _answering(self, entry: Json, book: Book, values: dict[str, str]) -> list[str]:
        """Give the steps that can be the answer: the first that fits, after any with unread values."""
        came, here, possible = entry["came"], self.now["state"], []
        said, fields = came.get("data", {}), book.data["events"][came["type"]].get("fields", {})
        odd = [name for name in said if type(said[name]) is not FORMS.get(fields.get(name, {}).get("type"))]
        must(not odd, "values {} not of the form that the event declares¦值 {} 与事件规定的类型不符", odd)
        data = {one: values.get(f"data.{one}") if isinstance(said[one], dict) else said[one] for one in said}
        for key, step in book.steps.items():
            when, asked = step.get("when", {}), step["on"] == came["type"] and here in step["from"]
            unread = any(name in data and data[name] is None for name in when)
            fits = all(one in data and (data[one] is None or meets(when[one], data[one])) for one in when)
            if asked and fits and self._target(step, book) is not None:
                possible.append(key)
                self.counts["unread"] += unread
                if not unread:
                    break
        return possible

    def _target(self, step: Json, book: Book) -> str | None:
        target = self.now["previous"] if step["to"] == "previous" else step["to"]
        return target if target in book.states else None

    def _deciders(self, step: Json, book: Book) -> list[str]:
        refs = step.get("decided_by", [])
        found = [self.now["authority"] if ref == "activator" else book.key_of(ref) for ref in refs]
        return list(dict.fromkeys(one for one in found if one is not None))

    def _step(self, entry: Json, facts: Json, book: Book, values: dict[str, str]) -> None:
        possible = self._answering(entry, book, values)
        must(entry["step"] in possible, "step {} is not in the table for {} in {} with these values, but {}"
             "¦步骤 {} 不是预案对 {}（状态 {}）在这些值下的规定；规定的是 {}",
             entry["step"], entry["came"]["type"], self.now["state"], possible)
        step = book.steps[entry["step"]]
        target, deciders, who = self._target(step, book), self._deciders(step, book), entry.get("authority")
        ends = step["to"] == "previous" or target == book.initial
        if step.get("decided_by"):
            must(who in deciders, "decided by {}; the table names {}¦由 {} 决定；预案规定 {}", who, deciders)
            has_matter = ends or entry["came"].get("data") or "reason" in entry
            must("basis" in entry and has_matter, "decided without basis or matter¦决定没有依据或事由")
        fits = {"activate": not ends, "stand_down": ends}.get(entry["verb"], True)
        must(fits, "{} leads to {}¦{} 却进入 {}", entry["verb"], target)
        if target != self.now["state"]:
            return self._switch(entry, facts, book, str(target))
        switches = sorted(facts.keys() & {"StateEntered", "IncidentOpened", "IncidentClosed"})
        return same("notes¦记录", [facts.get("EventNoted", {}).get("event"), *switches], [step["on"]])

    def _switch(self, entry: Json, facts: Json, book: Book, target: str) -> None:
        now, step, authority = self.now, book.steps[entry["step"]], entry.get("authority")
        since, is_end = entry.get("effective_at", entry["at"]), target == book.initial
        holder = now["previous_authority"] if step["to"] == "previous" and not is_end else None
        must_be = {"origin": now["state"], "target": target, "since": since, "authority": authority,
                   "held_by": None if holder == authority else holder}
        same("enters¦进入", {name: facts.get("StateEntered", {}).get(name) for name in must_be}, must_be)
        must(since >= now["since"], "from {}, before {}¦自 {} 起，早于 {}", since, now["since"])
        does = [one for one in entry["facts"] if one["fact"] == "SeatsCollided" or one.get("kind") in POSTURE]
        plan = [entry["jurisdiction"], entry["playbook"], now["state"], target, entry["step"],
                self._deciders(step, book), hash_of(does)]
        same("plan, what was done has another¦计划与实际执行的不同", entry.get("plan"), hash_of(plan))
        opened, closed = (facts.get(tag, {}).get("incident") for tag in ("IncidentOpened", "IncidentClosed"))
        same("closes incident¦结束应急事件", closed, now["incident"] if is_end else None)
        prefix, _, number = (now["last_incident"] or "").rpartition("-")
        following = int(number) + 1 if prefix and str(opened).startswith(f"{prefix}-") else 1
        expected = f"{str(opened).rpartition('-')[0]}-{following:03d}"
        same("opens incident¦开始应急事件", opened, None if now["incident"] is not None or is_end else expected)

    def _carry_out(self, entry: Json, facts: Json) -> None:
        now = self.now
        for fact in entry["facts"]:
            if fact["fact"] in ("ItemStarted", "ItemChanged", "ItemEnded"):
                key, before = (fact["kind"], fact["key"]), fact.get("before")
                same("stood¦先前的情况", (*key, self.standing.pop(key, None)), (*key, before))
                self.standing.update({key: fact["after"]} if "after" in fact else {})
        if adopted := facts.get("PlaybookAdopted"):
            now["playbook"] = adopted["playbook"]
            now.update({"state": adopted["state"], "since": entry["at"]} if "state" in adopted else {})
        if entered := facts.get("StateEntered"):
            now.update(previous=now["state"], previous_authority=now["authority"], since=entered["since"],
                       state=entered["target"], authority=entered.get("held_by", entered.get("authority")))
        if opened := facts.get("IncidentOpened"):
            now["incident"] = now["last_incident"] = opened["incident"]
        now.update({"incident": None} if "IncidentClosed" in facts else {})

def check_transitions(case: Case) -> Result:
    """Follow the state through all entries, from the first, or from the snapshot after those dropped."""
    walk, snapshot = Walk(case.kit), f"snapshots/{case.first:012d}.json"
    if case.first and snapshot not in case.kit.names:
        raise Unchecked("entries were dropped, and there is no snapshot¦条目已删除，且没有快照")
    if case.first:
        state = parse(case.kit.read(snapshot))
        walk.now |= {**state["situation"], "since": ""}  # the first switch may be from any time
        walk.standing = {(kind, key): item for kind, key, item, *_ in state["standing"]}
    for _seq, entry, rows in case.entries():
        if entry is not None:
            walk.take(entry, values_of(entry, rows))
    extra = sorted(one for one in case.kit.names if one[:10] == "playbooks/" and one[10:-5] not in walk.books)
    same("playbooks that no entry names¦没有条目使用的预案", extra, [])
    return ("{} switches, {} events noted, {} refusals; conditions on values not opened: {}; from entry {}¦"
            "{} 次转换，{} 次记录事件，{} 次拒绝；条件涉及未披露的值：{}；自条目 {} 起", *walk.counts.values(), case.first)

# -- All together.

LEVELS = {"bytes": ("字节", check_bytes), "root": ("叶与根", check_root), "tiles": ("瓦片", check_tiles),
    "signatures": ("签名", check_signatures), "consistency": ("一致性", check_consistency),
    "origin": ("来源", check_origin), "filter": ("筛选", check_filter), "disclosures": ("披露", check_disclosures),
    "attachments": ("附件", check_attachments), "transitions": ("转换", check_transitions)}

def verify(path: str, keys: list[str], outside: dict[str, bytes], lang: str) -> bool:
    """Verify a kit and print a line for each level; tell whether none has a fault."""
    def shown(template: str, *values: object, most: int | None = SIGNS) -> str:
        # a value is shown so that it steers no terminal
        words = [one if isinstance(one, int) else repr(one)[:most] for one in values]
        return template.split("¦")[lang == "zh"].format(*words)

    holds, case = True, None
    for level, (chinese, check) in LEVELS.items():
        try:
            case = case or Case(Kit(path), keys, outside)
            verdict = "holds¦相符", shown(*check(case), most=None)
        except Unchecked as unchecked:
            verdict = "NOT CHECKED¦未核验", shown(*unchecked.args)
        except Exception as error:  # noqa: BLE001 - a hostile file can raise anything, and is at fault then
            found = shown(*(error.args if isinstance(error, Unfit) else ("odd form: {}¦形式不对：{}", error)))
            verdict = "FAULT¦有问题", f"{ascii(case.place)[1:-1] if case else path}: {found}"
            holds = False
        print(f"{level if lang == 'en' else f'{chinese} {level}'}: {shown(verdict[0])}, {verdict[1]}")
        if case is None:
            print(shown("Nothing else can be checked.¦其余无法核验。"))
            break
    print(shown("What was checked holds. Only `incident journal verify KIT.zip` checks promised times, duty, "
              "filings, notices, timeline and ledgers.¦所核验的均相符。期限、值班、报送、通知、时间线和台账只有 "
              "`incident journal verify KIT.zip` 核验。") if holds else shown("This kit does NOT hold.¦证据包不成立。"))
    return holds

def main() -> int:
    """Read the command line."""
    own = Path(__file__).resolve()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("kit", nargs="?", default=str(own.parent))
    parser.add_argument("--key", action="append", default=[], metavar="PUBLICKEY")
    parser.add_argument("--checkpoint", action="append", default=[], metavar="FILE")
    system = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    parser.add_argument("--lang", choices=("zh", "en"), default="zh" if system.startswith("zh") else "en")
    asked = parser.parse_args()
    if not (Path(asked.kit).is_file() or Path(asked.kit, "kit.json").is_file()):
        parser.error(f"{asked.kit}: no kit here")
    try:
        keys = [one if one.count("+") > 1 else Path(one).read_bytes().decode() for one in asked.key]
        outside = {path: Path(path).read_bytes() for path in asked.checkpoint}
        print("verify.py SHA-256", hashlib.sha256(own.read_bytes()).hexdigest())
    except (OSError, ValueError) as error:
        parser.error(str(error))
    return 0 if verify(asked.kit, keys, outside, asked.lang) else 1

if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(main())
