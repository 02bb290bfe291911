"""Running a search on a connection: candidates from the index, each checked against its text.

The index may give too many (words that only stand near each other), never too few; what decides is
`Term.matches`. Newest first costs no sorting: messages are stored in the order they were written, except for
imported ones, so blocks of messages are visited from the newest down until no older block can hold a newer
hit than those found.
"""

from __future__ import annotations

import sqlite3
from bisect import insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.search import Order, Query, Source
from app.search_text import Snippet, Term, fold, marks, snippet
from app.store.failures import primary_code
from app.store.rows import moment
from app.store.search_index import BLOCK

BEST_OF = 300
"""How many of the newest hits are ranked when the best ones are asked for."""

MOST_TITLES = 20

_COLUMNS = "m.seq, m.created_at, m.id, m.conversation, c.title, m.role, m.provider, m.model, m.text"
_SHOWN = "m.status <> 'streaming' AND m.text <> '' AND c.deleted_at IS NULL"

# Chinese and ASCII texts consist of these; in others folded characters are looked for in Python.
_ORDINARY = (
    "\t\n\r -~\u00b7\u2013-\u2026\u3000-\u3002\u3008-\u3011\u3400-\u4dbf\u4e00-\u9fff"
    "\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)


_NOTHING = Snippet("")


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found, or with `message` None a conversation by its title. `at` epoch seconds."""

    conversation: str
    title: Snippet
    at: float
    message: str | None = None
    role: str = ""
    provider: str | None = None
    model: str | None = None
    snippet: Snippet = _NOTHING


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found. `more`: there are more messages than asked for. `complete` False: the index is
    still being made, and older messages may be missing."""

    query: Query
    titles: tuple[Hit, ...] = ()
    messages: tuple[Hit, ...] = ()
    more: bool = False
    complete: bool = True


class Superseded(Exception):  # noqa: N818 - no error: another search has taken this one's place
    """The search was given up because another one was asked for."""


Row = tuple[int, float, str, str, str, str, str | None, str | None, str]
"""Number, time, id, conversation, its title, role, provider, model and text of a message."""

Going = Callable[[], bool]


def run(
    db: sqlite3.Connection, query: Query, limit: int, order: Order, going: Going, *, indexed: bool
) -> Found:
    """Search. `going` is asked between rows; when it says no, `Superseded` is raised."""
    if query.empty:
        return Found(query)
    wanted = max(limit, BEST_OF) if order == "best" else limit
    db.execute("BEGIN")
    try:
        titles = _titles(db, query)
        found = messages(db, query, wanted + 1, going, indexed=indexed)
        complete = not indexed or db.execute("SELECT 1 FROM search_todo LIMIT 1").fetchone() is None
    finally:
        _end(db)
    more = len(found) > limit
    if order == "best":
        found = _best(found, query)
    hits = tuple(_hit(row, query.terms) for row in found[:limit])
    return Found(query, titles, hits, more, complete)


def _end(db: sqlite3.Connection) -> None:
    """End the reading. What interrupts a search may come so late that it hits its end, and a transaction that
    stays open would fail every search after it."""
    while db.in_transaction:
        try:
            db.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_INTERRUPT:
                raise


def messages(db: sqlite3.Connection, query: Query, limit: int, going: Going, *, indexed: bool) -> list[Row]:
    """The newest `limit` messages that fit, as they are stored."""
    if query.titles_only:
        return []
    find = _walk if indexed else _scan
    return find(db, query, limit, going)


# titles


def _titles(db: sqlite3.Connection, query: Query) -> tuple[Hit, ...]:
    """Conversations by title, the newest first; sources are about messages and rule titles out."""
    if query.sources or not (query.terms or query.titles_only):
        return ()
    since, until = query.since or 0.0, query.until if query.until is not None else float("inf")
    rows = db.execute(
        "SELECT id, title, updated_at FROM conversation"
        " WHERE deleted_at IS NULL AND updated_at >= ? AND updated_at < ? ORDER BY updated_at DESC, id DESC",
        (since, until),
    )
    # A title that holds a term holds each of its tokens: this sorts out nearly all, ten times as fast.
    pieces = [max(term.tokens, key=len) for term in query.terms if term.tokens]
    found: list[Hit] = []
    try:
        for conversation, title, at in rows:
            folded = _folded(title)
            if all(piece in folded for piece in pieces) and query.fits(title):
                found.append(Hit(conversation, Snippet(title, marks(title, query.terms)), moment(at)))
                if not query.titles_only and len(found) == MOST_TITLES:
                    break
    finally:
        rows.close()
    return tuple(found)


@lru_cache(maxsize=20_000)
def _folded(title: str) -> str:
    return fold(title)


# messages by the index


def _walk(db: sqlite3.Connection, query: Query, limit: int, going: Going) -> list[Row]:
    """The newest `limit` messages that fit, by blocks."""
    match = _match(query.terms)
    source = "message_search f CROSS JOIN message m ON m.seq = f.rowid" if match else "message m"
    place = "f.rowid" if match else "m.seq"
    conditions, values = _conditions(query)
    if match:
        conditions = ["f.message_search MATCH ?", *conditions]
        values = [match, *values]
    else:
        globs, patterns = _globs(query.terms, "m.text")
        conditions, values = [*globs, *conditions], [*patterns, *values]
    where = " AND ".join([*conditions, _SHOWN])
    sql = (
        f"SELECT {_COLUMNS} FROM {source} CROSS JOIN conversation c ON c.id = m.conversation"
        f" WHERE {where} AND {place} BETWEEN ? AND ? ORDER BY {place} DESC"
    )
    found = _Newest(limit)
    for first, last, blocks in _runs(db, query.since):
        if found.closed_to(blocks[last]):
            break
        cursor = db.execute(sql, (*values, first * BLOCK, last * BLOCK + BLOCK - 1))
        try:
            for row in _in_time(cursor, blocks, found):
                if not going():
                    raise Superseded
                if query.fits(row[8]):
                    found.add(row)
        finally:
            # A statement that is left open would keep the next one interruptible for this one's sake.
            cursor.close()
    return found.rows()


@dataclass(frozen=True, slots=True)
class _Block:
    """The newest time in a block, whether its messages lie in the order of time, and what comes after it."""

    number: int
    newest: float
    in_order: bool
    next_newest: tuple[float, int]


class _Run:
    """Blocks by number, of a stretch that begins at place `at` of all `known` and goes down one by one."""

    def __init__(self, known: list[tuple[int, float, int]], ends: list[tuple[float, int]], at: int) -> None:
        self._known = known
        self._ends = ends
        self._at = at

    def __getitem__(self, number: int) -> _Block:
        place = self._at + self._known[self._at][0] - number
        _number, newest, in_order = self._known[place]
        return _Block(number, newest, bool(in_order), self._ends[place + 1])


class _Newest:
    """The newest hits so far, at most so many."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._found: list[tuple[float, int, Row]] = []
        self.least: tuple[float, int] | None = None
        """(time, seq) of the oldest hit that still counts, once there are enough."""

    def add(self, row: Row) -> None:
        insort(self._found, (-row[1], -row[0], row))
        if len(self._found) >= self._limit:
            del self._found[self._limit :]
            last = self._found[-1][2]
            self.least = (last[1], last[0])

    def closed_to(self, block: _Block) -> bool:
        """Whether nothing in a block, nor in those visited after it, can be newer."""
        return self.least is not None and (block.newest, block.number * BLOCK + BLOCK - 1) < self.least

    def rows(self) -> list[Row]:
        return [row for _at, _seq, row in self._found]


def _in_time(cursor: Iterator[Row], blocks: _Run, found: _Newest) -> Iterator[Row]:
    """The rows that can still count; ends when none can."""
    for row in cursor:
        if found.least is not None and (row[1], row[0]) < found.least:
            block = blocks[row[0] // BLOCK]
            if found.closed_to(block) or (block.in_order and block.next_newest < found.least):
                return
            continue
        yield row


def _runs(db: sqlite3.Connection, since: float | None) -> Iterator[tuple[int, int, _Run]]:
    """Stretches of neighbouring blocks (first, last, all of them by number), those with the newest first."""
    known: list[tuple[int, float, int]] = db.execute(
        "SELECT block, newest, sorted FROM search_block WHERE newest >= ? ORDER BY newest DESC, block DESC",
        (since or 0.0,),
    ).fetchall()
    ends = [(newest, number * BLOCK + BLOCK - 1) for number, newest, _ in known] + [(-1.0, -1)]
    at = 0
    while at < len(known):
        end = at + 1
        while end < len(known) and known[end][0] == known[end - 1][0] - 1:
            end += 1
        run = _Run(known, ends, at)
        yield known[end - 1][0], known[at][0], run
        at = end


def _match(terms: Sequence[Term]) -> str:
    """The index's question: every term's tokens in a row. Empty when no term has any."""
    asked = [f'"{" ".join(term.tokens)}"{" *" if term.prefix else ""}' for term in terms if term.tokens]
    return " AND ".join(asked)


def _conditions(query: Query) -> tuple[list[str], list[object]]:
    """What of the query are facts of a row."""
    conditions: list[str] = []
    values: list[object] = []
    wanted = [_source(source) for source in query.sources if not source.exclude]
    if wanted:
        conditions.append(f"({' OR '.join(text for text, _ in wanted)})")
        values += [value for _, some in wanted for value in some]
    for source in query.sources:
        if source.exclude:
            text, some = _source(source)
            conditions.append(f"NOT coalesce({text}, 0)")
            values += some
    if query.since is not None:
        conditions.append("m.created_at >= ?")
        values.append(query.since)
    if query.until is not None:
        conditions.append("m.created_at < ?")
        values.append(query.until)
    return conditions, values


def _source(source: Source) -> tuple[str, list[object]]:
    if source.role is not None:
        return "m.role = ?", [source.role]
    return "(m.provider = ? COLLATE NOCASE OR m.model = ? COLLATE NOCASE)", [source.name, source.name]


# messages without the index


def _scan(db: sqlite3.Connection, query: Query, limit: int, going: Going) -> list[Row]:
    """As `_walk`, by looking at every message: for an SQLite without FTS5."""
    conditions, values = _conditions(query)
    globs, patterns = _globs(query.terms, "m.text")
    likes, words = _likes(query.terms, "m.text")
    where = " AND ".join([*conditions, *globs, *likes, _SHOWN])
    cursor = db.execute(
        "SELECT m.created_at, m.seq FROM message m CROSS JOIN conversation c ON c.id = m.conversation"
        f" WHERE {where}",
        [*values, *patterns, *words],
    )
    try:
        places: list[tuple[float, int]] = []
        for place in cursor:
            if not going():
                raise Superseded
            places.append(place)
    finally:
        cursor.close()
    places.sort(reverse=True)
    found: list[Row] = []
    one = (
        f"SELECT {_COLUMNS} FROM message m CROSS JOIN conversation c ON c.id = m.conversation WHERE m.seq = ?"
    )
    for _at, seq in places:
        if not going():
            raise Superseded
        row: Row = db.execute(one, (seq,)).fetchone()
        if query.fits(row[8]):
            found.append(row)
            if len(found) == limit:
                break
    return found


def _globs(terms: Sequence[Term], column: str) -> tuple[list[str], list[object]]:
    """Conditions for terms of punctuation alone, which have no tokens; each mark also in its wide form."""
    conditions: list[str] = []
    values: list[object] = []
    for term in terms:
        if not term.tokens:
            conditions.append(f"{column} GLOB ?")
            # Accents may stand between two marks.
            values.append("*".join(["", *(_glob(char) for char in term.folded), ""]))
    return conditions, values


def _glob(char: str) -> str:
    if char == " ":
        return ""
    both = char + chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char
    # In a class `]` must stand first, and `^` must not.
    ordered = sorted(both, key=lambda one: (one != "]", one == "^"))
    return f"[{''.join(ordered)}]"


def _likes(terms: Sequence[Term], column: str) -> tuple[list[str], list[object]]:
    """Conditions that sort out most messages: the longest token, unless a text has unusual characters."""
    conditions: list[str] = []
    values: list[object] = []
    for term in terms:
        longest = max(term.tokens, key=len, default="")
        if longest:
            conditions.append(f"({column} LIKE ? OR {column} GLOB ?)")
            values += [f"%{longest}%", f"*[^{_ORDINARY}]*"]
    return conditions, values


# what is shown


def _best(rows: list[Row], query: Query) -> list[Row]:
    """Those that say most of the terms for their length first; among equals the newest."""

    def score(row: Row) -> float:
        times = [min(5, len(term.ranges(row[8]))) for term in query.terms]
        in_title = sum(term.matches(row[4]) for term in query.terms)
        return (sum(times) + 2 * in_title) / (1 + len(row[8]) / 1500)

    return sorted(rows, key=score, reverse=True)


def _hit(row: Row, terms: Sequence[Term]) -> Hit:
    _seq, at, message, conversation, title, role, provider, model, text = row
    return Hit(
        conversation=conversation,
        title=Snippet(title),
        at=moment(at),
        message=message,
        role=role,
        provider=provider,
        model=model,
        snippet=snippet(text, terms),
    )
