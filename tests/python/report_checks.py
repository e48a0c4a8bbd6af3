"""What must hold of any report, whatever its release."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import html

BROKEN = re.compile(r"\bNone\b|\bnan\b|\binf\b|\{\w*\}|Undefined|Traceback")


def faults(folder: Path) -> list[str]:
    """What is broken in a folder of pages: holes in sentences, ids twice, dead links, too much weight."""
    found = []
    pages = sorted(folder.glob("*.html"))
    if not (folder / "index.html").is_file():
        found.append("there is no index.html")
    for page in pages:
        text = page.read_text(encoding="utf-8")
        tree = html.fromstring(text)
        ids = tree.xpath("//@id")
        found += [
            f"{page.name}: id {one} twice" for one in sorted({one for one in ids if ids.count(one) > 1})
        ]
        for link in tree.xpath("//a/@href|//link/@href"):
            file, _, anchor = link.partition("#")
            if not (anchor in ids if anchor and not file else (folder / file).is_file()):
                found.append(f"{page.name}: {link} leads nowhere")
        if len(text.encode()) > 250_000:
            found.append(f"{page.name}: {len(text.encode())} bytes")
        for hidden in tree.xpath("//style|//script|//bdi|//code"):
            hidden.drop_tree()
        said = tree.text_content()
        found += [f"{page.name}: {hole.group()}" for hole in BROKEN.finditer(said)]
        if not tree.xpath("//main//h1") or not tree.xpath("//main//h2"):
            found.append(f"{page.name}: it says nothing")
    return found
