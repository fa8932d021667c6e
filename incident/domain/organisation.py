"""Who there is: bodies, groups, units, seats and their duties, as a paper plan names them.

Everything here is data of a playbook. What *stands* at a given moment is a posture (`posture.py`);
this module only says what could stand.

Rules
-----
* An `Item` may carry the clause of the paper plan it comes from. An item without one is the
  project's own addition; `project` names single fields of a sourced item that the project supplied.
* Units are known by the name the document prints; `alias` holds its other spellings.
* Seats are posts. A person named in the paper without a post is an opaque holder (`P2`), never a name.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct


def shape(description: str, **bounds: Any) -> Meta:
    """Bound a value and say in words what it must be; Babel collects the words by this name."""
    if "pattern" in bounds:
        # `$` alone would let a line end through
        bounds["pattern"] = bounds["pattern"].removesuffix("$") + r"(?!\n)$"
    return Meta(description=description, **bounds)


#: A name inside a playbook, used as map key and on the command line.
Key = Annotated[str, shape("a key such as `general_coordination`", pattern=r"^[a-z][a-z0-9_]{0,63}$")]
#: Where in the paper plan an item stands, as the plan numbers itself: `一(八)3`.
Clause = Annotated[str, shape("a clause such as `preamble`", min_length=1, max_length=120)]
#: Words in one language; never empty.
Words = Annotated[str, shape("text", min_length=1, max_length=2000)]
#: An opaque holder of seats: stands for one person, never names one.
Holder = Annotated[str, shape("an opaque holder such as P2", pattern=r"^P[0-9]{1,3}$")]
#: Wall-clock time in the playbook's zone, `15:30`.
ClockTime = Annotated[
    str, shape("a time of day from 00:00 to 23:59", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
]
#: Where a plan's clock times are read unless it says otherwise.
ZONE: Final = "Asia/Shanghai"
#: Elapsed time: `14d`, `4h`, `30m`.
Duration = Annotated[str, shape("a duration such as 30m, 4h or 14d", pattern=r"^[1-9][0-9]{0,4}[mhd]$")]
#: Statistical code of a jurisdiction, 2 to 12 digits.
Code = Annotated[str, shape("a statistical code such as 330681111", pattern=r"^[0-9]{2,12}$")]
#: How many; impossible counts (zero, negative) cannot be written.
Count = Annotated[int, shape("a whole number from 1", ge=1, le=100_000)]
#: How many an announcement says; a plan may announce that there are none.
Announced = Annotated[int, shape("a whole number from 0", ge=0, le=1000)]


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """The same words in both languages of the program."""

    #: Chinese.
    zh: Words
    #: English.
    en: Words

    def in_language(self, lang: str) -> str:
        """Choose the words for `lang` (`zh` or `en`)."""
        return self.zh if lang == "zh" else self.en


class Item(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Anything a plan can say: with its clause, or the project's own."""

    #: Clause of the paper plan; none means that the project added the item.
    source: Clause | None = None
    #: Fields of a sourced item that the paper does not say and the project supplied.
    project: list[str] = []
    #: What a reader has to know about this item.
    note: Text | None = None


class Jurisdiction(Item, frozen=True, kw_only=True):
    """The public body whose plan this is."""

    #: Statistical code.
    code: Code
    #: Name.
    name: Text
    #: Administrative level.
    level: Literal["province", "city", "district", "county", "town", "township", "street", "village"]
    #: Code of the superior jurisdiction.
    parent: Code | None = None
    #: Time zone in which the plan's clock times are read (IANA name).
    zone: Words = ZONE


class Level(Struct, frozen=True, forbid_unknown_fields=True):
    """A level in a named scheme; levels of two schemes are never compared."""

    #: Scheme: `cn.response`, `local`.
    scheme: Words
    #: Grade inside the scheme, as it is written: `I`.
    grade: Words


class Unit(Item, frozen=True, kw_only=True):
    """An office, department, station, village, firm: somebody who sits in groups or receives reports."""

    #: English name; the key in `units:` is the Chinese one.
    en: Words
    #: Other spellings of the same unit in the document.
    alias: list[Words] = []
    #: Whose it is, seen from this jurisdiction.
    kind: Literal["own", "superior", "subordinate", "outside", "public", "persons"] = "own"
    #: A class of units or persons (各行政村, 全体机关干部), not one.
    collective: bool = False


class Post(Struct, frozen=True, forbid_unknown_fields=True):
    """A post that fills a seat: 区卫健局局长."""

    #: The post's name.
    name: Text
    #: How many such posts fill the seat, where the paper says.
    count: Count | None = None


class Seat(Item, frozen=True, kw_only=True):
    """A place in a body or group, filled by posts, opaque holders, or a class of people."""

    #: The seat's title as printed: 组长, 副总指挥.
    title: Text
    #: Other names that `--decided-by` accepts for the seat.
    alias: list[Words] = []
    #: How many people hold it; none when the paper does not say.
    count: Count | None = None
    #: Every member of the class holds it (全体党政班子成员): the number is not said.
    everyone: bool = False
    #: Posts that fill it, in the document's order.
    posts: list[Post] = []
    #: Persons the paper names without a post, as opaque holders.
    holders: list[Holder] = []
    #: The paper names persons without a post, and no two items need to know that they are the same.
    by_name: bool = False
    #: A class that fills it: 各包村领导.
    people: Text | None = None
    #: Duty of this seat where the paper gives one: 负责日常工作.
    duty: Text | None = None


class Duty(Item, frozen=True, kw_only=True):
    """One duty, in our own words, with the clause it restates."""

    #: What is to be done.
    text: Text
    #: The unit that has it, where the paper gives it to one unit of a group.
    unit: Words | None = None
    #: Holds only while this is so (疫情发生期间, 必要时); no change of state goes with it.
    condition: Text | None = None


class Office(Item, frozen=True, kw_only=True):
    """The standing office of a body."""

    #: Its name; usually 办公室.
    name: Text
    #: Other names for it.
    alias: list[Words] = []
    #: Unit in which it is set up (设在); none when the paper does not say.
    host_unit: Words | None = None
    #: Its seats: head, deputies.
    seats: dict[Key, Seat] = {}
    #: Its member units, in order.
    units: list[Words] = []
    #: Members described rather than listed: 成员单位分管负责同志.
    members: Text | None = None
    #: What it does.
    duties: list[Duty] = []


class Body(Item, frozen=True, kw_only=True):
    """A command body, task force, leading group or headquarters."""

    #: Full name.
    name: Text
    #: Short and other names: 领导小组, 指挥部.
    alias: list[Words] = []
    #: `command` leads, `task_force` stands up in an emergency, `authority` decides, `other` is only named.
    kind: Literal["command", "task_force", "authority", "other"] = "command"
    #: The body it serves or stands beside.
    under: Key | None = None
    #: A body that commands in parallel; the paper does not rank them.
    beside: Key | None = None
    #: Its seats.
    seats: dict[Key, Seat] = {}
    #: Its member units, in the document's order.
    units: list[Words] = []
    #: The list of units is open (等).
    open: bool = False
    #: Members referred to, not listed, or a rule by whom a unit is represented.
    members: Text | None = None
    #: Its office.
    office: Office | None = None
    #: What it does.
    duties: list[Duty] = []
    #: How many groups the text announces under it.
    announced_groups: Announced | None = None
    #: What it is for.
    purpose: Text | None = None


class Subgroup(Item, frozen=True, kw_only=True):
    """A group inside a group."""

    #: Its name.
    name: Text


class Group(Item, frozen=True, kw_only=True):
    """A routine work group."""

    #: Its name.
    name: Text
    #: Its other names in the document.
    alias: list[Words] = []
    #: The body it belongs to.
    under: Key = "command"
    #: Unit that leads (牵头); none when the paper does not say.
    lead_unit: Words | None = None
    #: Unit in which it is set up (设在), which need not lead.
    host_unit: Words | None = None
    #: Member units, in the document's order.
    units: list[Words] = []
    #: The list of units is open (等).
    open: bool = False
    #: Its seats.
    seats: dict[Key, Seat] = {}
    #: Groups inside it.
    subgroups: list[Subgroup] = []
    #: What it does.
    duties: list[Duty] = []


class Department(Item, frozen=True, kw_only=True):
    """A unit with duties of its own, where the plan works without groups."""

    #: The unit, by its name in `units`.
    unit: Words
    #: What it does.
    duties: list[Duty] = []
