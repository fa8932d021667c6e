"""What any place must do where people who sign in are kept: the contract of `ports_identity.Identity`.

    @pytest.mark.parametrize("check", IDENTITY_CHECKS, ids=lambda check: check.__name__)
    def test_my_identity_honours_the_contract(check):
        check(MyIdentity())

or `check_identity(MyIdentity)`. Each check wants one of its own in which nobody is yet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from incident.domain.errors import Conflict
from incident.domain.identity import Access, Device, Failures, Link, Session, Subject, Token, User
from incident.domain.permission import Grant
from incident.service.ports_identity import Identity, IdentityReading, IdentityWriting, WantedAccess
from incident.testing.expecting import at_once, refused

Check = Callable[[Identity], None]
_AT: Final = 1_772_304_000
_WANG: Final = User(
    id="u1",
    login="wang",
    name="王伟",
    password="p",  # noqa: S106 - no secret
    sign="P9",
    created_at=_AT,
    must_change=True,
)
_LI: Final = User(id="u2", login="li", name="李娜", created_at=_AT)
_SESSION: Final = Session(
    id="s1",
    user="u1",
    created_at=_AT,
    seen_at=_AT,
    ends_at=_AT + 9,
    csrf="c",
    address="10.0.0.1",
    agent="Firefox",
    device="d1",
)
_TOKEN: Final = Token(
    id="t1",
    user="u1",
    name="实验室",
    scopes=("look", "act"),
    root="33",
    created_at=_AT,
    ends_at=_AT + 9,
    made_by="u2",
    opens="holder=P9",
)
_DEVICE: Final = Device(id="d1", user="u1", created_at=_AT, used_at=_AT, address="10.0.0.1")
_LINK: Final = Link(id="l1", user="u1", created_at=_AT, ends_at=_AT + 9)
_SUBJECT: Final = Subject(issuer="https://id.example", subject="0031", user="u1", linked_at=_AT)
_FAILURES: Final = Failures(key="login x", count=3, at=_AT, free_at=_AT + 1)
_GRANT: Final = Grant("auditor", "33")
_ACCESS: Final = Access(at=_AT, kind="login")


def check_identity(make_identity: Callable[[], Identity]) -> None:
    """Run every check on one of its own."""
    for check in IDENTITY_CHECKS:
        check(make_identity())


def nobody_is_there_at_first(identity: Identity) -> None:
    """And asking does no harm."""
    with identity.reading() as tx:
        assert not any((tx.users(), tx.sessions(), tx.tokens(), tx.devices("u1"), tx.subjects("u1")))
        assert {tx.user("u1"), tx.user_of("wang"), tx.session("s1"), tx.token("t1")} == {None}
        assert {tx.device("d1"), tx.link("l1"), tx.subject("i", "s")} == {None}
        assert not any((tx.grants("u1"), tx.holders(Grant("auditor", "33"))))
        assert tx.failures([]) == tx.failures(["k"]) == []
        assert tx.accesses(WantedAccess(), 9) == []


def what_is_kept_is_read_back(identity: Identity) -> None:
    """All of each kind, by every way there is to ask for it."""
    fill(identity)
    with identity.reading() as tx:
        assert (tx.user("u1"), tx.user_of("wang"), tx.users()) == (_WANG, _WANG, [_LI, _WANG])
        assert (tx.session("s1"), tx.sessions(), tx.sessions("u1")) == (_SESSION, [_SESSION], [_SESSION])
        assert (tx.grants("u1"), tx.holders(_GRANT)) == ([_GRANT], ["u1"])
        assert (tx.token("t1"), tx.tokens(), tx.tokens("u1")) == (_TOKEN, [_TOKEN], [_TOKEN])
        assert (tx.device("d1"), tx.devices("u1"), tx.link("l1")) == (_DEVICE, [_DEVICE], _LINK)
        assert (tx.subject("https://id.example", "0031"), tx.subjects("u1")) == (_SUBJECT, [_SUBJECT])
        assert tx.failures(["login x", "other"]) == [_FAILURES]
        assert not any((tx.sessions("u2"), tx.tokens("u2"), tx.devices("u2"), tx.subjects("u2")))


def what_is_kept_again_is_as_it_is_from_now_on(identity: Identity) -> None:
    """Of each kind that moves; who somebody is, and since when, does not."""
    fill(identity)
    renamed = replace(_WANG, name="王威", password=None, sign=None, disabled_at=_AT + 1, must_change=False)
    with identity.writing() as tx:
        tx.put_user(replace(renamed, login="other", created_at=0))
        tx.put_session(replace(_SESSION, seen_at=_AT + 5, csrf="another"))
        tx.put_token(replace(_TOKEN, used_at=_AT + 5, scopes=("administer",)))
        tx.put_device(replace(_DEVICE, used_at=_AT + 5, address="10.0.0.2", user="u2"))
        tx.put_failures([replace(_FAILURES, count=4, at=_AT + 5, free_at=_AT + 7)])
        tx.commit()
    with identity.reading() as seen:
        assert seen.user("u1") == renamed
        assert seen.session("s1") == replace(_SESSION, seen_at=_AT + 5)
        assert seen.token("t1") == replace(_TOKEN, used_at=_AT + 5)
        assert seen.device("d1") == replace(_DEVICE, used_at=_AT + 5, address="10.0.0.2")
        assert seen.failures(["login x"]) == [replace(_FAILURES, count=4, at=_AT + 5, free_at=_AT + 7)]


def what_is_taken_away_is_gone_and_nothing_else(identity: Identity) -> None:
    """By its key, and a link by whose it is."""
    fill(identity)
    with identity.writing() as tx:
        tx.put_session(replace(_SESSION, id="s2"))
        tx.put_token(replace(_TOKEN, id="t2"))
        tx.put_device(replace(_DEVICE, id="d2"))
        tx.put_link(replace(_LINK, id="l2", user=None))
        tx.put_link(replace(_LINK, id="l3", user="u2"))
        tx.drop_sessions(["s1", "s9"])
        tx.drop_tokens(["t1"])
        tx.drop_devices(["d1"])
        tx.drop_links("u1")
        tx.drop_links(None)
        assert tx.drop_subject("https://id.example", "0031")
        assert not tx.drop_subject("https://id.example", "0031")
        tx.commit()
    with identity.reading() as seen:
        assert [one.id for one in seen.sessions()] == ["s2"]
        assert [one.id for one in seen.tokens()] == ["t2"]
        assert [one.id for one in seen.devices("u1")] == ["d2"]
        assert [seen.link(key) is None for key in ("l1", "l2", "l3")] == [True, True, False]
        assert seen.subjects("u1") == []


def failures_are_forgotten_by_key_and_by_age(identity: Identity) -> None:
    """Of an instant itself they stay."""
    with identity.writing() as tx:
        tx.put_failures([replace(_FAILURES, key=f"k{n}", at=_AT + n) for n in range(5)])
        tx.drop_failures(keys=["k4"], before=_AT + 2)
        tx.commit()
    with identity.reading() as seen:
        assert [one.key for one in seen.failures([f"k{n}" for n in range(5)])] == ["k2", "k3"]


def grants_are_kept_once_and_listed_by_place(identity: Identity) -> None:
    """And who holds one is found."""
    grants = [Grant("auditor", "33"), Grant("duty_officer", "33"), Grant("auditor", "3306")]
    with identity.writing() as tx:
        for grant in (*reversed(grants), grants[0]):
            tx.put_grant("u1", grant, _AT)
        tx.put_grant("u2", grants[0], _AT)
        assert tx.grants("u1") == grants
        tx.commit()
    with identity.writing() as tx:
        assert tx.holders(grants[0]) == ["u1", "u2"]
        assert tx.drop_grant("u1", grants[0])
        assert not tx.drop_grant("u1", grants[0])
        tx.commit()
    with identity.reading() as seen:
        assert (seen.grants("u1"), seen.holders(grants[0])) == (grants[1:], ["u2"])


def login_and_subject_are_nobody_elses(identity: Identity) -> None:
    """Whoever comes second is told so, and nothing of theirs is kept."""
    fill(identity)
    takes: list[Callable[[IdentityWriting], None]] = [
        lambda tx: tx.put_user(replace(_LI, id="u3", login="wang")),
        lambda tx: tx.put_subject(replace(_SUBJECT, user="u2")),
        lambda tx: tx.put_link(replace(_LINK, user="u2")),
    ]
    for take in takes:
        with refused(Conflict), identity.writing() as tx:
            tx.note(_ACCESS)
            take(tx)
    with identity.reading() as seen:
        assert [one.login for one in seen.users()] == ["li", "wang"]
        assert len(seen.accesses(WantedAccess(), 9)) == 1


def newest_come_first(identity: Identity) -> None:
    """Sessions and tokens by when they were made, devices by when they were used."""
    with identity.writing() as tx:
        for n in (1, 3, 2):
            tx.put_session(replace(_SESSION, id=f"s{n}", created_at=_AT + n))
            tx.put_token(replace(_TOKEN, id=f"t{n}", created_at=_AT + n))
            tx.put_device(replace(_DEVICE, id=f"d{n}", used_at=_AT + n))
        tx.commit()
    with identity.reading() as seen:
        assert [one.id for one in seen.sessions("u1")] == ["s3", "s2", "s1"]
        assert [one.id for one in seen.tokens()] == ["t3", "t2", "t1"]
        assert [one.id for one in seen.devices("u1")] == ["d3", "d2", "d1"]


def record_of_access_is_numbered_without_a_gap(identity: Identity) -> None:
    """Whoever adds at the same time; what was undone leaves no number behind."""
    with identity.writing() as tx:
        assert tx.note(_ACCESS).seq == 0
    with identity.writing() as tx:
        assert tx.note(_ACCESS).seq == 0
        assert tx.note(replace(_ACCESS, seq=7)).seq == 1
        tx.commit()

    def note(_who: int) -> int:
        with identity.writing() as tx:
            seq = tx.note(_ACCESS).seq
            tx.commit()
        return seq

    assert sorted(at_once(4, note)) == [2, 3, 4, 5]
    with identity.reading() as seen:
        assert [one.seq for one in seen.accesses(WantedAccess(), 9)] == [5, 4, 3, 2, 1, 0]


def lines_of_access_are_found_by_each_of_their_parts(identity: Identity) -> None:
    """All that is asked for has to hold; of user and digest of a login one of the two."""
    lines = [
        _ACCESS,
        Access(at=_AT + 1, kind="login_failed", claimed="c1", address="10.0.0.1"),
        Access(at=_AT + 2, kind="read_personal", user="u1", jurisdiction="33", what="people", os_user="root"),
        Access(at=_AT + 3, kind="grant_added", user="u2", about="u1", what="auditor 33"),
    ]
    with identity.writing() as tx:
        lines = [tx.note(one) for one in lines]
        tx.commit()
    with identity.reading() as seen:
        assert seen.accesses(WantedAccess(), 9) == lines[::-1]
        assert _seqs(seen, WantedAccess(since=_AT + 1, until=_AT + 3)) == [2, 1]
        assert _seqs(seen, WantedAccess(kinds=["login", "grant_added"])) == [3, 0]
        assert _seqs(seen, WantedAccess(user="u1")) == [3, 2]
        assert _seqs(seen, WantedAccess(user="u1", claimed="c1")) == [3, 2, 1]
        assert _seqs(seen, WantedAccess(claimed="c1")) == [1]
        assert _seqs(seen, WantedAccess(jurisdiction="33")) == [2]
        assert _seqs(seen, WantedAccess(user="u1", jurisdiction="34")) == []
        assert _seqs(seen, WantedAccess(before=3), 2) == [2, 1]


def lines_of_access_come_newest_first_though_a_clock_was_set_back(identity: Identity) -> None:
    """By time, and of one instant the last noted first; the next page goes on where the last one ended."""
    with identity.writing() as tx:
        for at in (_AT, _AT + 9, _AT + 3, _AT + 9, _AT + 4):
            tx.note(replace(_ACCESS, at=at))
        tx.commit()
    with identity.reading() as seen:
        assert _seqs(seen, WantedAccess()) == [3, 1, 4, 2, 0]
        assert _seqs(seen, WantedAccess(), 2) == [3, 1]
        assert _seqs(seen, WantedAccess(before=1), 2) == [4, 2]
        assert _seqs(seen, WantedAccess(before=3, user="u1")) == []
        assert _seqs(seen, WantedAccess(before=5)) == [3, 1, 4, 2, 0]
        assert [one.seq for one in seen.noted_last(3)] == [4, 3, 2]


def lines_of_access_that_are_old_are_taken_away_oldest_first(identity: Identity) -> None:
    """So many at a time; whoever adds one goes on from the newest number."""
    with identity.writing() as tx:
        assert (tx.oldest_access(), tx.accesses_before(_AT), tx.noted_last(1)) == (None, 0, [])
        for at in (_AT, _AT + 3, _AT + 1, _AT + 9):
            tx.note(replace(_ACCESS, at=at))
        assert (tx.oldest_access(), tx.accesses_before(_AT + 3)) == (_AT, 2)
        tx.commit()
    with identity.writing() as tx:
        assert tx.drop_accesses(_AT + 9, 2) == 2  # noqa: PLR2004 - as many as asked for
        assert tx.oldest_access() == _AT + 3
    with identity.writing() as tx:
        assert tx.drop_accesses(_AT + 9, 2) == 2  # noqa: PLR2004 - what was undone is there again
        assert tx.drop_accesses(_AT + 9, 2) == 1
        assert tx.drop_accesses(_AT + 9, 2) == 0
        assert tx.note(replace(_ACCESS, at=_AT + 9)).seq == 4  # noqa: PLR2004 - the next one
        tx.commit()
    with identity.reading() as seen:
        assert _seqs(seen, WantedAccess()) == [4, 3]
        assert _seqs(seen, WantedAccess(before=4)) == [3]
        assert _seqs(seen, WantedAccess(before=2)) == []


def nothing_is_visible_before_commit(identity: Identity) -> None:
    """And leaving without it undoes everything, whether by the way or by an error, which is passed on."""
    with identity.writing() as tx:
        tx.put_user(_WANG)
        assert tx.user("u1") == _WANG
        with identity.reading() as other:
            assert other.users() == []
    with refused(ZeroDivisionError), identity.writing() as tx:
        tx.put_user(_WANG)
        raise ZeroDivisionError
    with identity.reading() as seen:
        assert seen.users() == []


def who_writes_is_alone(identity: Identity) -> None:
    """What was looked at is not another when it is written: of many that count, each counts."""

    def count(_who: int) -> None:
        with identity.writing() as tx:
            known = tx.failures(["k"])
            tx.put_failures([replace(_FAILURES, key="k", count=known[0].count + 1 if known else 1)])
            tx.commit()

    at_once(4, count)
    with identity.reading() as seen:
        assert seen.failures(["k"])[0].count == 4  # noqa: PLR2004 - as many as counted


def fill(identity: Identity) -> None:
    """Keep something of each kind, as the checks and other tests want it."""
    with identity.writing() as tx:
        for user in (_WANG, _LI):
            tx.put_user(user)
        tx.put_grant("u1", _GRANT, _AT)
        tx.put_session(_SESSION)
        tx.put_token(_TOKEN)
        tx.put_device(_DEVICE)
        tx.put_link(_LINK)
        tx.put_subject(_SUBJECT)
        tx.put_failures([_FAILURES])
        tx.note(_ACCESS)
        tx.commit()


def _seqs(tx: IdentityReading, wanted: WantedAccess, limit: int = 9) -> list[int]:
    return [one.seq for one in tx.accesses(wanted, limit)]


IDENTITY_CHECKS: Final[list[Check]] = [
    nobody_is_there_at_first,
    what_is_kept_is_read_back,
    what_is_kept_again_is_as_it_is_from_now_on,
    what_is_taken_away_is_gone_and_nothing_else,
    failures_are_forgotten_by_key_and_by_age,
    grants_are_kept_once_and_listed_by_place,
    login_and_subject_are_nobody_elses,
    newest_come_first,
    record_of_access_is_numbered_without_a_gap,
    lines_of_access_are_found_by_each_of_their_parts,
    lines_of_access_come_newest_first_though_a_clock_was_set_back,
    lines_of_access_that_are_old_are_taken_away_oldest_first,
    nothing_is_visible_before_commit,
    who_writes_is_alone,
]
