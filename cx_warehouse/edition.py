"""Which edition of the report `cx report` renders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PAGES = Path("reports")


@dataclass(frozen=True)
class Edition:
    """A past period or a segment, in a folder of its own; without either the latest month; also as PDF."""

    period: str | None = None
    segment: str | None = None
    is_pdf: bool = False

    @property
    def folder(self) -> Path:
        """Where its pages stand in a release; those of the latest month stand in `reports` itself."""
        from reports.editions import folder_name

        return PAGES / folder_name(self.period, self.segment)

    def replaces(self, page: Path) -> bool:
        """Whether a page of the present release gives way to this edition; all do to the latest month's."""
        return page.is_relative_to(self.folder)
