"""Parquet, a batch of rows at a time; needs pyarrow, of the extra ``parquet``."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO

from newsml.errors import InputError, missing_extra, reason
from newsml.posts.record import COLUMNS, told_fields

if TYPE_CHECKING:
    import pyarrow

BATCH = 256  # rows that are read together
GROUP = 1024  # rows that are written together


def read_batches(name: str) -> Iterator[pyarrow.RecordBatch]:
    """Yield the rows of a file in order, batch by batch, with the columns that a record has.

    Raises:
        InputError: no Parquet, or damaged.
        UsageError: pyarrow is not installed.
    """
    pyarrow, parquet = _pyarrow()
    try:
        with parquet.ParquetFile(name, pre_buffer=False) as file:
            names = file.schema_arrow.names
            columns = [column for column in names if column in COLUMNS]
            if not {"text", "title"} & set(columns):
                told = f"has neither a column text nor title{told_fields(names)}"
                raise InputError(told, code="no-text")
            yield from file.iter_batches(BATCH, columns=columns, use_threads=False)
    except pyarrow.ArrowException as error:
        raise InputError(f"is no Parquet that can be read: {reason(error, None)}", code="parquet") from error


def rows_of(batch: pyarrow.RecordBatch) -> Iterator[dict[str, Any] | InputError]:
    """Yield the rows of a batch; an error in the place of one that Python has no objects for."""
    pyarrow, _ = _pyarrow()
    place = batch.schema.get_field_index("date")
    dates = batch.schema.field(place).type if place >= 0 else None
    if dates is not None and pyarrow.types.is_timestamp(dates) and dates.unit == "ns":
        # Of nanoseconds only pandas has an object, and no record a place for them.
        dates = batch.column(place).cast(pyarrow.timestamp("us", dates.tz), safe=False)
        batch = batch.set_column(place, "date", dates)
    for start in range(batch.num_rows):
        try:
            yield batch.slice(start, 1).to_pylist()[0]
        except (
            ValueError,
            OverflowError,
            KeyError,
        ) as error:  # no UTF-8; a year, or a time zone, of no calendar
            yield InputError(f"holds what cannot be read: {reason(error, None)}", code="record")


class ParquetWriter:
    """Writes records to a file in groups of rows.

    Args:
        file: open for writing bytes.

    Raises:
        UsageError: pyarrow is not installed.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._pyarrow, parquet = _pyarrow()
        self._schema = _schema(self._pyarrow)
        self._file = parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def write(self, record: dict[str, Any]) -> None:
        """Write one record, as `to_record` makes them."""
        self._rows.append(_utf8(record))
        if len(self._rows) == GROUP:
            self._flush()

    def close(self) -> None:
        """Write what is left, and the end of the file."""
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        if self._rows:
            self._file.write_table(self._pyarrow.Table.from_pylist(self._rows, self._schema))
            self._rows = []


def _utf8(value: Any) -> Any:
    """Return the value with the halves of surrogate pairs, as in a path that is no UTF-8, written out."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_utf8(item) for item in value]
    return {key: _utf8(item) for key, item in value.items()} if isinstance(value, dict) else value


def _schema(pyarrow: ModuleType) -> pyarrow.Schema:
    """Return the types of the columns: strings, but for lists of strings, spans and structures."""
    string, number = pyarrow.string(), pyarrow.int64()
    lists = {
        "labels": string,
        "tags": string,
        "stocks": pyarrow.struct({"code": string, "kind": string, "start": number, "end": number}),
        "boilerplate": pyarrow.list_(number),
        "highlights": pyarrow.list_(number),
        "problems": pyarrow.struct({"code": string, "message": string, "line": number}),
    }
    return pyarrow.schema(
        [(name, pyarrow.list_(lists[name]) if name in lists else string) for name in COLUMNS]
    )


def _pyarrow() -> tuple[ModuleType, ModuleType]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise missing_extra("pyarrow", "parquet", "Parquet") from None
    return pyarrow, parquet
