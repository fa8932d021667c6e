"""What stands in a kit's README.txt: for somebody who has never heard of this program, in both languages."""

from __future__ import annotations

from importlib import resources

from incident.domain.kit import Manifest


def readme(manifest: Manifest) -> bytes:
    """Write the README of a kit. Of the manifest it needs whose record it is, and of which entries."""
    asked = manifest.filter
    given = {
        "incident": asked.incident,
        "since": asked.since,
        "until": asked.until,
        "kind": " ".join(asked.kinds) or None,
    }
    parts = [f"{name} {value}" for name, value in given.items() if value is not None]
    text = resources.files("incident.kit").joinpath("readme.txt").read_text("utf-8")
    return text.format(
        zh=manifest.name.zh,
        en=manifest.name.en,
        code=manifest.jurisdiction,
        size=manifest.size,
        root=manifest.root,
        filter=", ".join(parts) or "全部 all",
    ).encode()
