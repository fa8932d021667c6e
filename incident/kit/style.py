"""The style sheet of the timeline: one language at a time without a script, and a page that prints well."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root{--line:#bbb;--faint:#555;--loud:#a30000;--link:#0b4f8a}
*{box-sizing:border-box}
body{font:15px/1.55 "Noto Sans SC","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif;
color:#111;background:#fff;margin:0 auto;max-width:60rem;padding:1rem 1.25rem 3rem}
input[name=lang]{position:absolute;opacity:0}
label{display:inline-block;border:1px solid var(--line);padding:.15rem .8rem;cursor:pointer}
#lang-zh:checked+label,#lang-en:checked+label{background:#111;color:#fff}
input[name=lang]:focus-visible+label{outline:3px solid var(--link)}
#lang-zh:checked~main .en,#lang-en:checked~main .zh{display:none}
h1{font-size:1.5rem;margin:1rem 0 .4rem}
h2{font-size:1.05rem;margin:0 0 .4rem}
a{color:var(--link);text-decoration:none}
a:hover,a:focus{text-decoration:underline}
section{border-top:1px solid var(--line);padding:.8rem 0 .6rem}
section:target,li:target,dt:target{background:#fff7d6}
dl{display:grid;grid-template-columns:minmax(7.5rem,max-content) 1fr;gap:.1rem 1rem;margin:.2rem 0 .5rem}
dt{color:var(--faint)}
dd{margin:0;overflow-wrap:anywhere}
ol{margin:.2rem 0;padding-left:1.6rem}
li{margin:.1rem 0;overflow-wrap:anywhere}
time{white-space:nowrap;font-variant-numeric:tabular-nums}
.late{color:var(--loud);font-weight:700;margin:.2rem 0}
.refused h2{border-left:4px solid var(--loud);padding-left:.5rem}
.clause{white-space:nowrap}
.own,.erased,.at,.leaf,.end{color:var(--faint)}
.at{font-size:.8rem}
.leaf{font:.72rem/1.4 ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere;margin:.2rem 0 0}
@page{size:A4;margin:16mm 14mm}
@media print{
body{font-size:10pt;max-width:none;padding:0}
label{display:none}
a{color:inherit}
h2{break-after:avoid}
section.entry dl,li,dt,dd{break-inside:avoid}
section:target,li:target,dt:target{background:none}
}
"""
