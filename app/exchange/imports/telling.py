"""What an import brought, in sentences, for window and terminal alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import tr

if TYPE_CHECKING:
    from app.exchange.imports.importer import Report


def sentences(report: Report) -> list[str]:
    """The report, most important first."""
    told: list[str] = list(report.problems)
    if not report.nothing:
        told.append(tr("import.done", new=report.new, messages=report.messages))
        if report.attachments:
            told.append(tr("import.parts", n=report.attachments))
    elif report.same and not report.problems:
        told.append(tr("import.nothing"))
    elif not report.problems:
        told.append(tr("import.nothing_found"))
    if report.more:
        told.append(tr("import.more", n=report.more))
    if report.same and not report.nothing:
        told.append(tr("import.same", n=report.same))
    if report.binned:
        told.append(tr("import.binned", n=report.binned))
    if report.gone:
        told.append(tr("import.gone", n=report.gone))
    if report.missing:
        told.append(tr("import.missing", n=report.missing))
    if report.left_counts:
        parts = [tr(f"import.left.{why}", n=n) for why, n in sorted(report.left_counts.items())]
        told.append(tr("import.skipped", text=tr("import.sep").join(parts)))
    if report.stopped:
        told.append(tr("import.stopped"))
    return told


def rows(report: Report) -> list[str]:
    """What was left out, a line each; no more than the report names."""
    return [
        tr("import.left.row", title=left.title or tr("import.nameless"), why=tr(f"import.why.{left.why}"))
        for left in report.left
    ]
