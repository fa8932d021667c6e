"""Verify an evidence kit of `incident` with nothing but Python (3.9 or newer) and a public key.

    python3 verify.py [KIT.zip | FOLDER] --key PUBLICKEY-or-file ... --checkpoint FILE ... [--lang zh|en]

Without KIT it verifies the folder in which it lies. It reads, writes nothing and opens no connection.
Exit code: 0 no fault in what was checked, 1 a fault, 2 wrong usage. What was not checked says NOT CHECKED.
Trust neither the key nor this script because it lies in the kit: compare the key with one from elsewhere, and
the SHA-256 on the first line with that of verify.py in the published program. Bring a checkpoint that left the
house long ago: if whoever rewrote the record had the key, it is found only against that.
 bytes         the ZIP is harmless; files have the SHA-256 of kit.json, none is extra or missing; entries and
               disclosures are canonical JSON, numbered without gap, of this jurisdiction
 root          leaves SHA-256(0x00|bytes), tree after RFC 6962; size and root are those of kit.json
 tiles         hash tiles and entry bundles (C2SP tlog-tiles) are what the entries give
 signatures    Ed25519 (RFC 8032) over C2SP signed notes, canonical only, by a key that you gave
 consistency   the root of the first m entries is that of each checkpoint of size m, the kit's and yours
 origin        each checkpoint's origin names this jurisdiction and an entry of this tree
 filter        rerun over all entries: only those that match are opened; each of their sealed values is opened,
               or stands in kit.json as withheld and is listed here
 disclosures   each opens the sealed value of its entry and name
 attachments   each is named by an opened value; one that is missing stands in kit.json and is listed here
 transitions   playbooks have the SHA-256 that entries name; each step stands in the playbook in force, for
               this state, event and condition, first of the table; decided by a body that the table names, on
               a basis; its plan has the hash; what stands afterwards is what the playbook lists; each `before`
               stood; a refusal changes nothing, and what it says of the table is so
Only `incident journal verify KIT.zip` (full replay) checks promised times, duty, filings, notices, planned
ends, other acts, and that timeline.html and the ledgers say what entries say. Nothing can tell whether what
was entered is true.

核验 `incident` 的证据包，只需 Python（3.9 以上）和公钥，用法见上。不给出 KIT 时核验本文件所在文件夹。只读，不联网。
退出码：0 所核验的没有问题，1 有问题，2 用法错误；没有核验的写明“未核验”。不要因为公钥和本脚本在包内就相信它们：公钥须与
另行取得的核对，第一行的 SHA-256 须与已发布程序中的 verify.py 核对。请带上早先送出的检查点：掌握密钥的人若重写记录，
只有与它比对才能发现。
 字节：压缩包无害，文件与 kit.json 相符，条目是规范 JSON，编号连续    叶与根：按 RFC 6962 重算    瓦片：与条目相符
 签名：Ed25519，只接受规范形式，须是您给出的公钥    一致性：每个检查点都等于其前 m 个条目的根    来源：本辖区、本树的条目
 筛选：重做筛选，只披露符合的条目，未提供的密封值须列明    披露：确为该条目该名称的值    附件：由已披露的值指明，缺少的须列明
 转换：预案相符；每一步都是当时预案规定的，状态、事件、条件相符，由规定的机关依据作出决定；部署就是预案所列；拒绝不改变任何事
期限、值班、报送、通知、预定结束时间、其他行为、时间线和台账只有 `incident journal verify KIT.zip`（完整重放）核验。
任何核验都不能说明录入的内容是否真实。
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import stat
import sys
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from functools import reduce
from itertools import count, islice
from typing import Any, NamedTuple

Json = dict[str, Any]
#: Bounds on what is read: bytes of a member, of a line, of a note; how far a member may be packed; how many.
MEMBER, LINE, NOTE, PACKED, MEMBERS = 4 << 30, 64 << 20, 1 << 16, 400, 1_000_000
#: Faults that are shown of a level, signs that are shown of a value, hashes of a tile.
SHOWN, SIGNS, WIDTH = 20, 160, 256
NEEDED = {"README.txt", "verify.py", "kit.json", "entries.jsonl", "disclosures.jsonl"}
LAYOUT = re.compile(
    r"README\.txt|verify\.py|kit\.json|public-key\.txt|entries\.jsonl|disclosures\.jsonl|checkpoint"
    r"|checkpoints/\d{12}\.txt|snapshots/\d{12}\.json|playbooks/[0-9a-f]{64}\.json|attachments/[0-9a-f]{64}"
    r"|tile/(\d{1,2}|entries)/(x\d{3}/)*\d{3}(\.p/[1-9]\d{0,2})?|timeline\.html|duty\.csv|reports\.csv"
)
LEVELS = {"bytes": "字节", "root": "叶与根", "tiles": "瓦片", "signatures": "签名", "consistency": "一致性"}
LEVELS |= {"origin": "来源", "filter": "筛选", "disclosures": "披露", "attachments": "附件", "transitions": "转换"}


class Unfit(Exception):  # noqa: N818 - says what is so, not that something broke
    """Something is not as it has to be: a template in both languages, parted by ¦, and its values."""


def must(so: object, template: str, *values: object) -> None:
    """Raise `Unfit` unless it is so."""
    if not so:
        raise Unfit(template, *values)


class Report:
    """Gathers what each level found, and prints it."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.faults: dict[str, list[str]] = {level: [] for level in LEVELS}
        self.found: dict[str, str] = dict.fromkeys(LEVELS, "")

    def say(self, template: str, *values: object) -> str:
        """Give a sentence in the reader's language; a value is shown so that it steers no terminal."""
        words = template.split("¦")[self.lang == "zh"]
        return words.format(*(one if isinstance(one, int) else repr(one)[:SIGNS] for one in values))

    def fault(self, level: str, place: str, template: str, *values: object) -> None:
        """Note a fault of a level, and where it is."""
        self.faults[level].append(f"{place}: {self.say(template, *values)}")

    def note(self, level: str, template: str, *values: object, checked: bool = True) -> None:
        """Note what a level looked at, or why it could not be checked."""
        verdict = "holds¦相符" if checked else "NOT CHECKED¦未核验"
        self.found[level] = f"{self.say(verdict)}, {self.say(template, *values)}"

    def show(self) -> int:
        """Print a line for each level, and one for each further fault; give the exit code."""
        for level, chinese in LEVELS.items():
            first, *more = self.faults[level] or [""]
            verdict = f"{self.say('FAULT¦有问题')}, {first}" if first else self.found[level]
            print(f"{chinese} {level}: {verdict}" if self.lang == "zh" else f"{level}: {verdict}")
            for line in more[:SHOWN]:
                print(f"    {line}")
            if len(more) > SHOWN:
                print("    " + self.say("and {} more faults¦另有 {} 处", len(more) - SHOWN))
        if any(self.faults.values()):
            print(self.say("This kit does NOT hold.¦此证据包不成立。"))
            return 1
        print(self.say("What was checked holds. Only `incident journal verify KIT.zip` checks promised times, duty, "
                       "filings, notices, timeline and ledgers.¦所核验的均相符。期限、值班、报送、通知、时间线和"
                       "台账只有 `incident journal verify KIT.zip` 核验。"))  # fmt: skip
        return 0


# -- the kit: a ZIP file or a folder, read within bounds ------------------------------------------------------


class Kit:
    """The files of a kit by name. Raises `Unfit` for a container that is not harmless."""

    def __init__(self, path: str) -> None:
        self.path, self.names = path, set[str]()
        self.zip = None if os.path.isdir(path) else zipfile.ZipFile(path)
        for one in self.zip.infolist() if self.zip else ():
            self._take(one.orig_filename, one.file_size)
            is_plain = not one.flag_bits & 1 and one.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            is_plain = is_plain and not stat.S_ISLNK(one.external_attr >> 16)
            must(is_plain, "{}: a link, encrypted, or oddly packed¦{}：是链接、加密或压缩方式不允许", one.filename)
            is_bomb = one.file_size > max(1 << 20, PACKED * one.compress_size)
            must(not is_bomb, "{}: {} bytes from {}¦{}：{} 字节压缩为 {}，不合理", one.filename, one.file_size,
                 one.compress_size)  # fmt: skip
        for folder, folders, files in os.walk(path):
            for name in [*folders, *files]:
                full = os.path.join(folder, name)
                must(not os.path.islink(full), "{}: a link¦{}：是链接", name)
                if name in files:
                    self._take(os.path.relpath(full, path).replace(os.sep, "/"), os.stat(full).st_size)

    def _take(self, name: str, size: int) -> None:
        is_inside = "\\" not in name and ":" not in name and not {"", ".", ".."} & {*name.split("/")}
        must(is_inside, "{}: a path outside the kit¦{}：路径超出证据包", name)
        must(name not in self.names, "{}: there twice¦{}：重复", name)
        is_bounded = size <= MEMBER and len(self.names) < MEMBERS
        must(is_bounded, "{}: {} bytes, or too many files¦{}：{} 字节，过大，或文件过多", name, size)
        self.names.add(name)

    def open(self, name: str) -> Any:
        """Open a file of the kit."""
        return self.zip.open(name) if self.zip else open(os.path.join(self.path, name), "rb")

    def read(self, name: str) -> bytes:
        """Read a file whole."""
        with self.open(name) as file:
            return bytes(file.read())

    def lines(self, name: str) -> Iterator[bytes]:
        """Give the lines of a file without their ends. Raises `Unfit` for one that has none, or is too long."""
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
    """Read an object from its canonical JSON (RFC 8785, integers only). Raises `Unfit` for any other bytes."""
    try:
        plain: Json = _decode(raw.decode())
        is_canonical = isinstance(plain, dict) and _encode(plain).encode() == raw
    except (ValueError, RecursionError):
        is_canonical = False
    must(is_canonical, "no canonical JSON object: {}¦不是规范的 JSON 对象：{}", raw[:60])
    return plain


def unbase64(text: str, altchars: bytes = b"+/") -> bytes:
    """Read canonical base64, without padding if it is base64url. Raises `Unfit` for any other text."""
    pad = "=" if altchars == b"-_" else ""
    try:
        raw = base64.b64decode(text + pad * (-len(text) % 4), altchars, validate=True)
        is_canonical = base64.b64encode(raw, altchars).decode().rstrip(pad or " ") == text
    except ValueError:
        is_canonical = False
    must(is_canonical, "no canonical base64: {}¦不是规范的 base64：{}", text)
    return raw


def instant(stamp: object) -> datetime:
    """Read `2026-03-01T02:40:00Z` and no other form. Raises `Unfit`."""
    try:
        read = datetime.strptime(str(stamp), "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007 - all are in UTC
    except ValueError:
        read = datetime.min  # noqa: DTZ901 - stands for none
    must(f"{read.isoformat()}Z" == stamp, "no time: {}¦不是时间：{}", stamp)
    return read


# -- the tree: RFC 6962 section 2.1, and its tiles (C2SP tlog-tiles) ------------------------------------------


def node(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def roots(leaves: Iterable[bytes], sizes: Collection[int]) -> dict[int, bytes]:
    """Give, for each of some sizes, the root of so many leaves: peaks are the full subtrees, largest first."""
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


def check_tiles(kit: Kit, report: Report, leaves: list[bytes], left_out: Collection[int]) -> None:
    """Rebuild every hash tile and entry bundle, and hold the kit's against it."""
    rest = {name for name in kit.names if name.startswith("tile/")}

    def compare(name: str, rebuilt: bytes) -> None:
        if name not in rest or kit.read(name) != rebuilt:
            report.fault("tiles", name, "is not there, or not what the entries give¦没有，或与条目算出的不同")
        rest.discard(name)

    level, hashes = 0, leaves
    while hashes:
        parts = [hashes[at : at + WIDTH] for at in range(0, len(hashes), WIDTH)]
        for index, part in enumerate(parts):
            compare(tile_name(level, index, len(part)), b"".join(part))
        level, hashes = level + 1, [roots(part, {WIDTH})[WIDTH] for part in parts if len(part) == WIDTH]
    bodies = kit.lines("entries.jsonl")
    for index in count():
        bundle = list(islice(bodies, WIDTH))
        if bundle and all(0 < len(body) < 1 << 16 for body in bundle):
            must_be = b"".join(len(body).to_bytes(2, "big") + body for body in bundle)
            compare(tile_name("entries", index, len(bundle)), must_be)
        elif bundle and index not in left_out:
            report.fault("tiles", f"bundle {index}", "left out, and not named so¦略去而未列明")
        elif not bundle:
            break
    for name in sorted(rest):
        report.fault("tiles", name, "not of this tree¦不属于此树")
    report.note("tiles", "{} levels¦{} 层", level)


# -- Ed25519: RFC 8032 section 5.1, verification only ---------------------------------------------------------

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
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or (x == 0 and is_odd):
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


class Key(NamedTuple):
    """A public key: C2SP signed-note name and id, and its point."""

    name: str
    id: bytes
    raw: bytes
    #: Multiples of the negated point.
    rows: list[list[Point]]


def make_key(name: str, raw: bytes) -> Key:
    """Read a public key. Raises `Unfit` unless it is canonical and of the prime order."""
    point = decode_point(raw) if len(raw) == 32 else None
    must(point, "no canonical Ed25519 key: {}¦不是规范的 Ed25519 公钥：{}", raw.hex())
    assert point is not None
    rows = multiples((P - point[0], point[1], 1, P - point[3]))
    is_sound = encode_point(point) != encode_point(ZERO) == encode_point(times(ORDER, rows))
    must(is_sound, "a key of low order: {}¦低阶公钥：{}", raw.hex())
    return Key(name, hashlib.sha256(name.encode() + b"\n\x01" + raw).digest()[:4], raw, rows)


_BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
assert _BASE is not None
BASE = multiples(_BASE)


def is_signed(key: Key, text: bytes, signature: bytes) -> bool:
    """Tell whether a key signed a text (section 5.1.7): no cofactor, S < L, R canonical and not of low order."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(r + key.raw + text).digest(), "little") % ORDER
    point = add(times(s, BASE), times(k, key.rows))
    eightfold = point
    for _ in range(3):
        eightfold = add(eightfold, eightfold)
    return encode_point(point) == r and encode_point(eightfold) != encode_point(ZERO)


# -- checkpoints: C2SP signed-note and tlog-checkpoint --------------------------------------------------------


def parse_key(text: str) -> Key:
    """Read `<name>+<8 hex>+<base64(0x01|key)>`. Raises `Unfit`."""
    name, hex_id, encoded = [*text.strip().split("+", 2), "", ""][:3]
    raw = unbase64(encoded)
    must(name and not re.search(r"\s", name) and raw[:1] == b"\x01", "no public key: {}¦不是公钥：{}", text)
    key = make_key(name, raw[1:])
    must(key.id.hex() == hex_id, "key id {}, expected {}¦公钥编号 {}，应为 {}", hex_id, key.id.hex())
    return key


class Checkpoint(NamedTuple):
    """A signed head of the tree, and where it was found."""

    place: str
    text: bytes
    origin: str
    size: int
    root: bytes
    #: By key name and key id.
    signatures: dict[tuple[str, bytes], bytes]


def parse_checkpoint(place: str, raw: bytes) -> Checkpoint:
    """Read a checkpoint in its one canonical form. Raises `Unfit`."""
    text, parted, signed = raw.decode(errors="replace").rpartition("\n\n")
    is_note = parted and len(raw) <= NOTE and signed.endswith("\n") and f"{text}\n\n{signed}".encode() == raw
    must(is_note and not re.search(rb"[\0-\t\v-\x1f]", raw), "no signed note¦不是签名文本")
    signatures: dict[tuple[str, bytes], bytes] = {}
    for line in signed[:-1].split("\n"):
        name, encoded = (re.fullmatch(r"— ([^\s+]+) (\S+)", line) or ["", "", ""])[1:3]
        signature = unbase64(encoded)
        is_new = len(signature) > 4 and (name, signature[:4]) not in signatures
        must(is_new, "no signature line, or one key's second: {}¦不是签名行，或同一公钥的第二行：{}", line)
        signatures[name, signature[:4]] = signature[4:]
    head = re.fullmatch(r"(\S+)\n(0|[1-9][0-9]{0,17})\n(\S{44})\nat (\S+)", text) or [""] * 5
    must(head[0], "no checkpoint: {}¦不是检查点：{}", text)
    instant(head[4])
    return Checkpoint(place, f"{text}\n".encode(), head[1], int(head[2]), unbase64(head[3]), signatures)


def gather_checkpoints(kit: Kit, report: Report, outside: Iterable[str]) -> list[Checkpoint]:
    """Read the checkpoints of the kit and those from outside."""
    inside = sorted(name for name in kit.names if name.startswith("checkpoints/"))
    raws = {name: kit.read(name) for name in inside}
    newest = kit.read("checkpoint") if "checkpoint" in kit.names else None
    if newest != (raws[inside[-1]] if inside else None):
        report.fault("consistency", "checkpoint", "is not the newest of the kit's¦不是包内最新的")
    for path in outside:
        with open(path, "rb") as file:
            raws[path] = file.read(NOTE + 1)
    found = []
    for place, raw in raws.items():
        try:
            one = parse_checkpoint(place, raw)
            is_so = place not in inside or place == f"checkpoints/{one.size:012d}.txt"
            must(is_so, "covers {} entries, its name says otherwise¦含 {} 个条目，与名称不符", one.size)
            found.append(one)
        except Unfit as unfit:
            report.fault("signatures", place, *unfit.args)
    return found


def check_signatures(report: Report, checkpoints: list[Checkpoint], keys: list[Key]) -> None:
    """Hold each checkpoint against the keys that are trusted; signatures of other keys count for nothing."""
    named = [f"{key.name}+{key.id.hex()}" for key in keys]
    report.note("signatures", "{} checkpoints, keys {}¦{} 个检查点，公钥 {}", len(checkpoints), named)
    if not keys:
        report.note("signatures", "no public key given¦没有给出公钥", checked=False)
    elif not checkpoints:
        report.note("signatures", "no checkpoint in the kit or given¦包内没有检查点，也没有给出", checked=False)
    for one in checkpoints if keys else ():
        signers = [key for key in keys if (key.name, key.id) in one.signatures]
        if not signers:
            by = [f"{name}+{id_.hex()}" for name, id_ in one.signatures]
            report.fault("signatures", one.place, "signed by {}, no key you gave¦由 {} 签署，不是给出的公钥", by)
        for key in signers:
            if not is_signed(key, one.text, one.signatures[key.name, key.id]):
                report.fault("signatures", one.place, "not signed by {}¦不是 {} 的签名", key.name)


def check_heads(report: Report, about: Json, leaves: list[bytes], checkpoints: list[Checkpoint]) -> None:
    """Hold the recomputed tree against kit.json and each checkpoint; and origins against leaves."""
    size = len(leaves)
    computed = roots(leaves, {size, *(one.size for one in checkpoints)})
    if (about["size"], about["root"]) != (size, computed[size].hex()):
        report.fault("root", "kit.json", "says {} entries, root {}; recomputed {}, {}"
                     "¦写明 {} 个条目，根 {}；重算得 {} 个，{}",
                     about["size"], about["root"], size, computed[size].hex())  # fmt: skip
    report.note("root", "{} entries, root {}¦{} 个条目，根 {}", size, computed[size].hex())
    openers = {f"incident/{about['jurisdiction']}/{leaf[:8].hex()}": seq for seq, leaf in enumerate(leaves)}
    used = {openers.get(about["origin"], -1)}
    for one in checkpoints:
        if one.size > size:
            report.fault("consistency", one.place, "covers {} entries, the kit ends at {}: cut off, or older"
                         "¦含 {} 个条目，包内只有 {} 个：被截断，或包更早", one.size, size)  # fmt: skip
        elif computed[one.size] != one.root:
            report.fault("consistency", one.place, "the first {} entries have root {}, it says {}: rewritten"
                         "¦前 {} 个条目的根是 {}，检查点写明 {}：被改写",
                         one.size, computed[one.size].hex(), one.root.hex())  # fmt: skip
        used.add(openers.get(one.origin, -1))
        if not 0 <= openers.get(one.origin, -1) < one.size:
            report.fault("origin", one.place, "{} names no entry before its size¦{} 不指向其范围内的条目", one.origin)
    if about["origin"] not in openers:
        report.fault("origin", "kit.json", "{} names no entry of this tree¦{} 不指向本树的条目", about["origin"])
    sizes = [one.size for one in checkpoints]
    report.note("consistency", "checkpoints of sizes {}¦检查点大小 {}", sizes, checked=bool(checkpoints))
    report.note("origin", "opened by entries {}¦由条目 {} 开始", sorted(used))


# -- filter and disclosures -----------------------------------------------------------------------------------

#: What a fact is called when it is filtered by kind: by its tag and kind, or by what a time was for and its result.
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
outlook.fired=LookedAhead""".split())  # fmt: skip


def kind_of(fact: Json) -> str:
    """Name a fact as the program's history does: `GroupConverted`, `ReportMissed`, `StateEntered`."""
    tag, before, after = str(fact["fact"]), fact.get("before", {}), fact.get("after", {})
    if tag == "TimerEnded":
        name = f"{fact['what']}.{fact.get('result') or 'fired'}" if fact["end"].startswith("fired") else ""
        return CALLED.get(name) or "".join(map(str.capitalize, [*fact["what"].split("_"), fact["end"]]))
    if tag == "ReportFiled" and "corrects" in fact:
        return "ReportCorrected"
    if tag not in ("ItemStarted", "ItemChanged", "ItemEnded"):
        return tag
    if tag == "ItemChanged" and fact["kind"] == "group" and before.get("acts_as") and not after.get("acts_as"):
        return "GroupReverted"
    if tag == "ItemChanged" and fact["kind"] == "callout" and before.get("replaced") != after.get("replaced"):
        return "CalloutReplaced"
    return CALLED.get(f"{tag}.{fact['kind']}", fact["kind"].capitalize() + tag[4:])


def matches(asked: Json, entry: Json) -> bool:
    """Tell whether an entry is one of those that a kit opens."""
    return (
        ("incident" not in asked or entry.get("incident") == asked["incident"])
        and asked.get("since", "") <= entry["at"]
        and ("until" not in asked or entry["at"] < asked["until"])
        and ("kinds" not in asked or any(kind_of(fact) in asked["kinds"] for fact in entry["facts"]))
    )


class Opened:
    """Takes entry after entry with its disclosures; opens them and sees that none is left out."""

    def __init__(self, kit: Kit, report: Report, about: Json) -> None:
        self.report, self.asked, self.lines = report, about["filter"], kit.lines("disclosures.jsonl")
        self.next: Json | None = None
        self.counts = {"matching": 0, "opened": 0}
        self.missing: list[list[Any]] = []
        self.digests: set[str] = set()
        self._advance()

    def take(self, seq: int, entry: Json | None) -> dict[str, str]:
        """Give the values of entry `seq` that are opened, by name. None: its bytes were dropped or are bad."""
        found: dict[str, str] = {}
        is_matching = entry is not None and matches(self.asked, entry)
        sealed = sealed_parts(entry or {})
        self.counts["matching"] += is_matching
        while self.next is not None and self.next["seq"] <= seq:
            if self.next["seq"] == seq:
                place, name = f"entry {seq} {self.next['name']}", self.next["name"]
                try:
                    found[name] = unseal(sealed.get(name), name, self.next["disclosure"])
                except Unfit as unfit:
                    self.report.fault("disclosures", place, *unfit.args)
                if not is_matching:
                    self.report.fault("filter", place, "opened, and the filter does not ask for it¦不在筛选范围内却被披露")
            self._advance()
        self.missing += [[seq, name] for name in sorted(sealed) if is_matching and name not in found]
        self.counts["opened"] += len(found)
        self.digests |= {value for name, value in found.items() if name.startswith("data.digest.")}
        return found

    def _advance(self) -> None:
        last, self.next = self.next, None
        try:
            for line in islice(self.lines, 1):
                one = parse(line)
                is_after = last is None or (one["seq"], one["name"]) > (last["seq"], "" if last["seq"] < one["seq"] else last["name"])
                must(is_after, "out of order: {}¦顺序不对：{}", line)
                self.next = one
        except Unfit as unfit:
            self.report.fault("bytes", "disclosures.jsonl", *unfit.args)

    def close(self, kit: Kit, about: Json) -> None:
        """Hold what is missing against what kit.json names as withheld."""
        while self.next is not None:
            self.report.fault("filter", f"entry {self.next['seq']}", "there is none to open¦没有可披露的条目")
            self._advance()
        said = about.get("withheld", [])
        for seq, name in self.missing:
            if [seq, name] not in said:
                self.report.fault("filter", f"entry {seq} {name}", "left out, not named as withheld¦未披露，也未列明")
        for one in said:
            if one not in self.missing:
                self.report.fault("filter", "kit.json", "{} is not withheld¦{} 并非未披露", one)
        self.report.note("filter", "{}: {} of {} entries match; withheld or erased: {} {}"
                         "¦{}：{} / {} 个条目符合；未提供或已删除：{} {}", self.asked,
                         self.counts["matching"], about["size"], len(said), said)  # fmt: skip
        self.report.note("disclosures", "{} values opened¦披露了 {} 个值", self.counts["opened"])
        there = {name[12:] for name in kit.names if name.startswith("attachments/")}
        gone = about.get("withheld_attachments", [])
        for one in sorted((self.digests - there) ^ {*gone}):
            self.report.fault("attachments", one, "not there and not named so, or the other way round¦缺少而未列明，或相反")
        for one in sorted(there):
            if one not in self.digests or kit.digest(f"attachments/{one}") != one:
                self.report.fault("attachments", one, "other bytes, or no opened value names it¦内容不同，或无已披露的值指明")
        self.report.note("attachments", "{} there, erased: {}¦{} 个，已删除：{}", len(there), gone)


def sealed_parts(entry: Json) -> dict[str, str]:
    """Give the digests of what an entry holds sealed, by the name under which it is disclosed."""
    data = entry.get("came", {}).get("data", {})
    parts = {name: entry[name] for name in ("by", "os_user", "decided_by", "basis", "reason") if name in entry}
    parts |= {f"data.{name}": value for name, value in data.items() if isinstance(value, dict)}
    return {name: part["sd"] for name, part in parts.items()}


def unseal(digest: str | None, name: str, disclosure: str) -> str:
    """Give the value that a disclosure opens (RFC 9901 section 4.2). Raises `Unfit` if it is another one's."""
    sha = hashlib.sha256(disclosure.encode()).digest()
    must(base64.urlsafe_b64encode(sha).decode().rstrip("=") == digest, "opens another value¦不是此处密封的值")
    try:
        _salt, named, value = _decode(unbase64(disclosure, b"-_").decode())
    except (ValueError, RecursionError):
        named = value = None
    must(named == name and isinstance(value, str), "is sealed under the name {}¦密封时的名称是 {}", named)
    return str(value)


# -- transitions ----------------------------------------------------------------------------------------------

#: Where a state lists what stands, by kind of item.
POSTURE = {"body": "bodies", "group": "groups", "roster": "rosters"}
POSTURE |= {"obligation": "obligations", "measure": "measures", "clock": "clocks"}
#: Facts that come only with a step, or with a switch.
HEARD, SWITCHED = {"EventNoted", "ActivationConfirmed", "ClockReset"}, {"IncidentOpened", "IncidentClosed"}
SINGLE = {*HEARD, *SWITCHED, "StateEntered", "PlaybookAdopted", "RequestRefused", "PlannedEndMoved"} - {"ClockReset"}
UNITS = {"m": 60, "h": 3600, "d": 86400}


def folded(words: str) -> str:
    """Give words as they are compared."""
    return "".join(words.split()).casefold()


class Book:
    """A playbook: its table, and whom its references name."""

    def __init__(self, raw: bytes) -> None:
        self.data: Json = _decode(raw.decode())
        self.steps: dict[str, Json] = self.data["transitions"]
        self.states: dict[str, Json] = self.data["states"]
        self.initial = self.data.get("initial", "routine")
        self.index: dict[str, set[tuple[str, str, str, str]]] = {}
        for key, body in [*self.data["bodies"].items(), *self.data.get("subordinate_bodies", {}).items()]:
            self._name("body", key, body["name"], body, [])
            if office := body.get("office"):
                name = {"zh": body["name"]["zh"] + office["name"]["zh"], "en": f"{body['name']['en']}, {office['name']['en']}"}
                self._name("office", f"{key}.office", name, office, [*office["name"].values()])
        for key, group in self.data.get("groups", {}).items():
            acting = [state.get("groups", {}).get(key, {}) for state in self.states.values()]
            acting = [one for one in acting if "acts_as" in one]
            others = [words for one in acting for words in (*one["acts_as"].values(), *one.get("alias", []))]
            self._name("group", key, group["name"], group, others)
        for key, unit in self.data.get("units", {}).items():
            self._name("unit", key, {"zh": key, "en": unit["en"]}, {"alias": unit.get("alias", [])}, [])

    def _name(self, kind: str, key: str, name: Json, of: Json, others: list[str]) -> None:
        alias = of.get("alias", [])
        for words in (key, name["zh"], name["en"], *alias, *others):
            self.index.setdefault(folded(words), set()).add((kind, key, name["zh"], name["en"]))
        for seat, one in of.get("seats", {}).items():
            zh = one["title"]["zh"]
            title = {"zh": name["zh"] + zh, "en": f"{name['en']}, {one['title']['en']}"}
            short = {"alias": [*one.get("alias", []), *(other + zh for other in alias)]}
            self._name("seat", f"{key}.{seat}", title, short, [])

    def key_of(self, ref: str) -> str | None:
        """Give the key of the one body, office, group, unit or seat meant; a key goes before names."""
        found = self.index.get(folded(ref), set())
        found = {one for one in found if one[1] == ref} or found
        return next(iter(found))[1] if len(found) == 1 else None


class Walk:
    """Follows the state from entry to entry, and holds each step against the table in force."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.books: dict[str, Book] = {}
        self.now: Json = {"playbook": None, "state": None}
        self.standing: dict[tuple[str, str], Any] = {}
        self.counts = {"StateEntered": 0, "EventNoted": 0, "RequestRefused": 0, "unread": 0}

    def begin(self, snapshot: Json) -> None:
        """Begin with the state that a snapshot claims. Raises `KeyError` and others when it is none."""
        self.now = {**snapshot["situation"]}
        if isinstance(self.now["since"], int):
            self.now["since"] = f"{(datetime(1970, 1, 1) + timedelta(seconds=self.now['since'])).isoformat()}Z"
        self.standing = {(one[0], one[1]): one[2] for one in snapshot["standing"]}

    def book(self, digest: str) -> Book:
        """Give a playbook of the kit by its SHA-256."""
        if digest not in self.books:
            name = f"playbooks/{digest}.json"
            must(name in self.kit.names, "its playbook {} is missing¦缺少其预案 {}", digest)
            raw = self.kit.read(name)
            must(hashlib.sha256(raw).hexdigest() == digest, "its playbook {} is another¦其预案 {} 内容不同", digest)
            self.books[digest] = Book(raw)
        return self.books[digest]

    def take(self, entry: Json, opened: dict[str, str]) -> None:
        """Check an entry, then carry it out, whatever was wrong with it. Raises `Unfit` for what was wrong."""
        facts = {fact["fact"]: fact for fact in entry["facts"]}
        for tag in self.counts.keys() & facts:
            self.counts[tag] += 1
        before = {**self.now}
        single = [fact["fact"] for fact in entry["facts"] if fact["fact"] in SINGLE]
        try:
            must(len(single) == len({*single}), "{} twice¦{} 重复", single)
            book = self.book(entry["playbook"])
            is_first = next(iter(facts), "") == "PlaybookAdopted"
            must(is_first or "PlaybookAdopted" not in facts, "adopts beside other things¦采用预案时另有他事")
            if is_first:
                self._adopt(entry, facts, book)
            must(before["state"] or is_first, "a journal begins with an adoption¦日志须以采用预案开始")
            must(entry["playbook"] == before["playbook"] or is_first, "playbook {}, in force was {}"
                 "¦预案 {}，当时有效的是 {}", entry["playbook"], before["playbook"])  # fmt: skip
            if "RequestRefused" in facts:
                must(len(entry["facts"]) == 1, "a refusal that changes something¦拒绝却改变了什么")
                self._refuse(entry, facts["RequestRefused"], book, opened)
            elif "step" in entry:
                self._step(entry, facts, book, opened)
            else:
                lone = [tag for tag in facts if tag in HEARD | SWITCHED | {"StateEntered"}]
                must(not lone, "{} without a step of the playbook¦{} 不是预案中的步骤", lone)
            if "PlannedEndMoved" in facts:
                mine = entry.get("authority") is not None and before["authority"] in (None, entry["authority"])
                must(mine and "basis" in entry, "moves the end, decided by {}, not {}, or on no basis¦变更结束时间的是 {}，"
                     "不是 {}，或无依据", entry.get("authority"), before["authority"])  # fmt: skip
            incident = facts.get("IncidentOpened", {}).get("incident", before.get("incident"))
            must(entry.get("incident") == incident, "incident {}, expected {}¦应急事件 {}，应为 {}", entry.get("incident"), incident)
        finally:
            problem = self._carry_out(entry, facts)
        must(problem is None, "{} {} did not stand as it says¦{} {} 先前并非如此", *(problem or ()))
        touched = any(fact.get("kind") in POSTURE for fact in entry["facts"])
        if touched or "StateEntered" in facts or is_first:
            listed = book.states[self.now["state"]]
            stands = {key: item for key, item in self.standing.items() if key[0] in POSTURE}
            must_stand = {(kind, key): item for kind, name in POSTURE.items() for key, item in listed.get(name, {}).items()}
            odd = sorted(key for key in {*stands, *must_stand} if stands.get(key) != must_stand.get(key))
            must(not odd, "{} do not stand as the playbook lists them for {}¦{} 与预案为 {} 所列不同", odd, self.now["state"])

    def _adopt(self, entry: Json, facts: Json, book: Book) -> None:
        fact, town = facts["PlaybookAdopted"], book.data["jurisdiction"]
        said = (fact["playbook"], fact["name"], fact.get("zone", "Asia/Shanghai"), entry["jurisdiction"])
        is_so = (entry["playbook"], book.data["playbook"], town.get("zone", "Asia/Shanghai"), town["code"])
        must(said == is_so and "came" not in entry, "adopts {}, the playbook is {}¦采用 {}，预案是 {}", said, is_so)
        if self.now["state"] is None:
            must(fact.get("state") == book.initial, "begins in {}, not {}¦始于 {}，不是 {}", fact.get("state"), book.initial)
        else:
            is_free = self.now["incident"] is None and self.now["state"] == book.initial and "state" not in fact
            must(is_free, "adopts during an incident, or from another initial state¦在应急事件中或从其他初始状态采用")

    def _answering(self, book: Book, entry: Json, opened: dict[str, str]) -> tuple[list[str], bool, bool]:
        """Give the steps that can have answered, and whether one surely did, and whether the event has any."""
        possible, is_sure, has_any = list[str](), False, False
        for key, step in book.steps.items():
            if step["on"] != entry["came"]["type"] or self.now["state"] not in step["from"]:
                continue
            has_any = True
            data = entry["came"].get("data", {})
            values = {name: opened.get(f"data.{name}") if isinstance(one, dict) else one for name, one in data.items()}
            met = [name in values and (values[name] is None or meets(condition, values[name]))
                   for name, condition in step.get("when", {}).items()]  # fmt: skip
            unread = any(name in values and values[name] is None for name in step.get("when", {}))
            if all(met) and self._target(book, step) is not None and not is_sure:
                possible.append(key)
                is_sure = not unread
                self.counts["unread"] += unread
        return possible, is_sure, has_any

    def _target(self, book: Book, step: Json) -> str | None:
        target = self.now.get("previous") if step["to"] == "previous" else step["to"]
        return target if target in book.states else None

    def _deciders(self, book: Book, step: Json) -> list[str]:
        refs = step.get("decided_by", [])
        found = [self.now.get("authority") if ref == "activator" else book.key_of(ref) for ref in refs]
        return list(dict.fromkeys(one for one in found if one is not None))

    def _refuse(self, entry: Json, fact: Json, book: Book, opened: dict[str, str]) -> None:
        if entry.get("verb") not in ("activate", "stand_down", "signal"):
            return
        possible, is_sure, has_any = self._answering(book, entry, opened)
        rule, step = fact["rule"], entry.get("step")
        if rule in ("not_possible", "no_match"):
            must(not is_sure and has_any == (rule == "no_match"), "refused as {}, but {} answers¦以 {} 拒绝，但 {} 适用", rule, possible)
        else:
            must(step in possible, "refused {}, but {} answers¦拒绝了 {}，但适用的是 {}", step, possible)
        if rule == "authority":
            deciders = self._deciders(book, book.steps[str(step)])
            must(entry.get("authority") not in deciders, "refused, though {} may decide¦拒绝，但 {} 有权决定", deciders)

    def _step(self, entry: Json, facts: Json, book: Book, opened: dict[str, str]) -> None:
        possible, _, _ = self._answering(book, entry, opened)
        must(entry["step"] in possible, "step {} is not in the table for {} in {} with these values; {} is"
             "¦步骤 {} 不是预案对 {}（状态 {}）在这些值下的规定；规定的是 {}",
             entry["step"], entry["came"]["type"], self.now["state"], possible)  # fmt: skip
        step = book.steps[entry["step"]]
        target, deciders = self._target(book, step), self._deciders(book, step)
        authority, is_return = entry.get("authority"), step["to"] == "previous"
        ends = is_return or target == book.initial
        if step.get("decided_by"):
            must(authority in deciders, "decided by {}; the table names {}¦由 {} 决定；预案规定 {}", authority, deciders)
            has_matter = ends or entry["came"].get("data") or "reason" in entry
            must("basis" in entry and has_matter, "decided without basis or matter¦决定没有依据或事由")
        fits = {"activate": not ends, "stand_down": ends}.get(entry["verb"], True)
        must(fits, "{} cannot lead to {}¦{} 不能进入 {}", entry["verb"], target)
        if target == self.now["state"]:
            confirming = [one.get("confirmed_by") for one in book.steps.values() if one["to"] == target]
            confirms = self.now.get("confirm_by") is not None and step["on"] in confirming
            must(("ActivationConfirmed" in facts) == confirms, "confirms, or does not, wrongly¦确认与否不对")
            must("StateEntered" not in facts and facts.get("EventNoted", {}).get("event") == step["on"],
                 "the step stays in {}, and the facts say otherwise¦此步骤留在 {}，事实却不同", target)  # fmt: skip
            return
        fact = facts.get("StateEntered", {})
        holder = self.now.get("previous_authority") if is_return and target != book.initial else None
        since = entry.get("effective_at", entry["at"])
        must_be = {"origin": self.now["state"], "target": target, "since": since, "authority": authority,
                   "held_by": None if holder == authority else holder, "confirm_by": None}  # fmt: skip
        if "confirm_within" in step:
            within = timedelta(seconds=int(step["confirm_within"][:-1]) * UNITS[step["confirm_within"][-1]])
            must_be["confirm_by"] = f"{(instant(since) + within).isoformat()}Z"
        said = {name: fact.get(name) for name in must_be}
        must(said == must_be, "enters {}; by the table {}¦进入 {}；按预案应为 {}", said, must_be)
        must(instant(since) >= instant(self.now["since"]), "holds from {}, before {}¦自 {} 起，早于 {}", since, self.now["since"])
        self._check_plan(entry, target, deciders)
        self._check_incident(facts, since, is_end=target == book.initial)

    def _check_plan(self, entry: Json, target: str | None, deciders: list[str]) -> None:
        facts = [one for one in entry["facts"] if one.get("kind") in POSTURE or one["fact"] == "SeatsCollided"]
        switch = hashlib.sha256(_encode(facts).encode()).hexdigest()
        plan = [entry["jurisdiction"], entry["playbook"], self.now["state"], target, entry["step"], deciders, switch]
        digest = hashlib.sha256(_encode(plan).encode()).hexdigest()
        must(entry["plan"] == digest, "plan {}, what was done has {}¦计划 {}，实际执行的是 {}", entry["plan"], digest)

    def _check_incident(self, facts: Json, since: str, *, is_end: bool) -> None:
        running, last = self.now.get("incident"), self.now.get("last_incident") or ""
        opened, closed = (facts.get(tag, {}).get("incident") for tag in ("IncidentOpened", "IncidentClosed"))
        must(closed == (running if is_end else None), "closes incident {}, running was {}¦结束事件 {}，进行中的是 {}", closed, running)
        must((opened is None) == (running is not None or is_end), "opens incident {} wrongly¦不应或应当开始事件 {}", opened)
        if opened is not None:
            prefix, _, number = opened.rpartition("-")
            expected = int(last.rpartition("-")[2]) + 1 if last.rpartition("-")[0] == prefix else 1
            must(number == f"{expected:03d}", "opens incident {} after {}¦在 {} 之后开始事件 {}", opened, last)

    def _carry_out(self, entry: Json, facts: Json) -> tuple[str, str] | None:
        """Carry an entry into the state and what stands; give the first item that did not stand as it says."""
        problem = None
        for fact in entry["facts"]:
            if fact["fact"] in ("ItemStarted", "ItemChanged", "ItemEnded"):
                key = (fact["kind"], fact["key"])
                if self.standing.pop(key, None) != fact.get("before"):
                    problem = problem or key
                if "after" in fact:
                    self.standing[key] = fact["after"]
        if "PlaybookAdopted" in facts:
            adopted = facts["PlaybookAdopted"]
            if self.now["state"] is None:
                self.now = {"state": adopted.get("state"), "since": entry["at"], "incident": None, "authority": None}
            self.now["playbook"] = adopted["playbook"]
        if entered := facts.get("StateEntered"):
            left = {"previous": entered["origin"], "previous_authority": self.now.get("authority")}
            authority = entered.get("held_by", entered.get("authority"))
            self.now |= {**left, "state": entered["target"], "since": entered["since"], "authority": authority}
            self.now["confirm_by"] = entered.get("confirm_by")
        if "IncidentOpened" in facts:
            self.now["incident"] = self.now["last_incident"] = facts["IncidentOpened"]["incident"]
        if "IncidentClosed" in facts:
            self.now["incident"] = None
        if "ActivationConfirmed" in facts:
            self.now["confirm_by"] = None
        return problem


def meets(condition: Any, value: Any) -> bool:
    """Tell whether a value meets a condition: the value itself, a list of them, or bounds."""
    if not isinstance(condition, dict):
        return value in condition if isinstance(condition, list) else bool(value == condition)
    least, most = condition.get("at_least"), condition.get("at_most")
    return isinstance(value, int) and (least is None or value >= least) and (most is None or value <= most)


# -- all together ---------------------------------------------------------------------------------------------

#: What a file that is not as it should be raises, wherever it is looked into.
AMISS = (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError, OSError, EOFError,
         NotImplementedError, zipfile.BadZipFile, zlib.error)  # fmt: skip


def check_files(kit: Kit, report: Report, about: Json) -> None:
    """Hold the files against those that kit.json lists."""
    listed = {**about["files"], "kit.json": None}
    for name in sorted({*listed} ^ kit.names):
        report.fault("bytes", name, "extra, or missing¦多余或缺少")
    for name in sorted(NEEDED - kit.names):
        report.fault("bytes", name, "missing¦缺少")
    for name in sorted(kit.names):
        if not LAYOUT.fullmatch(name):
            report.fault("bytes", name, "no part of a kit¦不是证据包的组成部分")
        if listed.get(name) and kit.digest(name) != listed[name]:
            report.fault("bytes", name, "other bytes than kit.json says: SHA-256 {}¦与 kit.json 不符：SHA-256 {}", kit.digest(name))
    report.note("bytes", "{} files¦{} 个文件", len(kit.names))


def read_entry(line: bytes, seq: int, about: Json) -> Json:
    """Read an entry. Raises `Unfit` for one that is not canonical, or not of this place."""
    entry = parse(line)
    said, is_so = (entry.get("v"), entry.get("jurisdiction"), entry.get("seq")), (1, about["jurisdiction"], seq)
    must(said == is_so, "says version, jurisdiction, number {}; expected {}¦写明版本、辖区、编号 {}，应为 {}", said, is_so)
    instant(entry.get("at"))
    return entry


def check_entries(kit: Kit, report: Report, about: Json) -> list[bytes]:
    """Read every entry once, for all levels that look at entries; give the leaves."""
    opened, walk = Opened(kit, report, about), Walk(kit)
    first, size, leaves, used = about.get("bodies_from", 0), about["size"], list[bytes](), set[str]()
    tiles = [tile_name(0, index, min(WIDTH, size - WIDTH * index)) for index in range(-(-first // WIDTH))]
    dropped = b"".join(kit.read(name) for name in tiles)
    is_walking = first == 0 or f"snapshots/{first:012d}.json" in kit.names
    if first and is_walking:
        walk.begin(parse(kit.read(f"snapshots/{first:012d}.json")))
    for seq, line in enumerate(kit.lines("entries.jsonl")):
        is_kept = seq >= first
        leaves.append(hashlib.sha256(b"\0" + line).digest() if is_kept else dropped[32 * seq : 32 * seq + 32])
        entry, place = None, f"entry {seq}"
        try:
            entry = read_entry(line, seq, about) if is_kept or line else None
        except Unfit as unfit:
            report.fault("bytes", place, *unfit.args)
        try:
            values = opened.take(seq, entry)
            if entry is not None and is_walking:
                used.add(entry["playbook"])
                walk.take(entry, values)
        except Unfit as unfit:
            report.fault("transitions", place, *unfit.args)
        except AMISS as error:
            report.fault("transitions", place, "not of the form: {}¦形式不对：{}", error)
    opened.close(kit, about)
    for name in sorted(name for name in kit.names if name.startswith("playbooks/") and name[10:-5] not in used):
        report.fault("bytes", name, "no entry names it¦没有条目使用它")
    counts = walk.counts
    report.note("transitions", "{} switches, {} events noted, {} refusals; conditions on values that are not opened: {}; "
                "from entry {}¦{} 次转换，{} 次记录事件，{} 次拒绝；条件涉及未披露的值：{}；自条目 {} 起",
                counts["StateEntered"], counts["EventNoted"], counts["RequestRefused"], counts["unread"], first,
                checked=is_walking)  # fmt: skip
    return leaves


def verify(path: str, report: Report, keys: list[Key], outside: list[str]) -> int:
    """Verify a kit, print what was found, and give the exit code."""
    for level in LEVELS:
        report.note(level, "the kit cannot be read¦证据包无法读取", checked=False)
    level = "bytes"
    try:
        kit = Kit(path)
        about = parse(kit.read("kit.json"))
        must(about["format"] == 1, "format {}, this script reads 1¦格式 {}，本脚本只读 1", about["format"])
        print(report.say("{} {}: {} entries, made {} by incident {}¦{} {}：{} 个条目，{} 由 incident {} 制作",
              about["jurisdiction"], about["name"][report.lang], about["size"], about["made_at"], about["program"]))  # fmt: skip
        check_files(kit, report, about)
        leaves = check_entries(kit, report, about)
        level = "tiles"
        check_tiles(kit, report, leaves, about.get("bundles_left_out", []))
        level = "signatures"
        checkpoints = gather_checkpoints(kit, report, outside)
        check_signatures(report, checkpoints, keys)
        check_heads(report, about, leaves, checkpoints)
    except Unfit as unfit:
        report.fault(level, path, *unfit.args)
    except AMISS as error:
        report.fault(level, path, "cannot be read: {}¦无法读取：{}", error)
    return report.show()


def main() -> int:
    """Read the command line."""
    own = os.path.abspath(__file__)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kit", nargs="?", default=os.path.dirname(own))
    parser.add_argument("--key", action="append", default=[], metavar="PUBLICKEY")
    parser.add_argument("--checkpoint", action="append", default=[], metavar="FILE")
    system = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    parser.add_argument("--lang", choices=("zh", "en"), default="zh" if system.startswith("zh") else "en")
    asked = parser.parse_args()
    if not os.path.exists(asked.kit) or (os.path.isdir(asked.kit) and "kit.json" not in os.listdir(asked.kit)):
        parser.error(f"{asked.kit}: no kit here")
    report, keys = Report(asked.lang), []
    for text in asked.key:
        try:
            if "+" not in text or os.path.isfile(text):
                with open(text, encoding="utf-8") as file:
                    keys.append(parse_key(file.read(NOTE)))
            else:
                keys.append(parse_key(text))
        except Unfit as unfit:
            report.fault("signatures", "--key", *unfit.args)
        except (OSError, ValueError) as error:
            parser.error(f"--key {text}: {error}")
    for path in asked.checkpoint:
        if not os.path.isfile(path):
            parser.error(f"--checkpoint {path}: no such file")
    with open(own, "rb") as file:
        print("verify.py SHA-256", hashlib.sha256(file.read()).hexdigest())
    return verify(asked.kit, report, keys, asked.checkpoint)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(main())
