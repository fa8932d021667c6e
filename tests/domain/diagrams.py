"""Playbooks of which diagrams are drawn: plain, of many steps, with names that attack."""

from __future__ import annotations

SVG = "{http://www.w3.org/2000/svg}"
#: Means something to each of the formats, to a terminal, and to a reader from right to left.
HOSTILE = (
    '"]; x -> y; [label="\\" \\N </text></desc><script>alert(1)</script> & &lt; ]]> --> s_x : y %%{init}%%\n'
    's_a --> s_b; state "z" as end #quot; `{}` {n} \'\x1b[31m\x00\x7f\u202e\ufffe\ud800' + "阳" * 300
)


def english(msgid: str) -> str:
    return msgid
