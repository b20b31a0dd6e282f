"""Units as sheets name them: found by name, made when new, told apart by their code where a name is used twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from fleet.vehicle import Unit
from gongche.imports.cells import CellError
from store.fleet import NewUnit


@dataclass(slots=True)
class UnitBook:
    """The units that are stored and those that the sheet makes."""

    stored: Iterable[Unit]
    made: dict[str, NewUnit] = field(default_factory=dict)
    _parents: dict[str, str | None] = field(default_factory=dict)
    _codes_by_name: dict[str, list[str]] = field(default_factory=dict)
    _said_parents: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        units = list(self.stored)
        codes = {unit.id: unit.code for unit in units}
        for unit in units:
            self._codes_by_name.setdefault(unit.name, []).append(unit.code)
            self._parents[unit.code] = None if unit.parent_id is None else codes[unit.parent_id]

    def known(self, name: str, column: str = "unit") -> str:
        """The code of a stored unit, by its name or its code."""
        code = self._find(name, column)
        if code is None:
            raise CellError(
                column,
                name,
                "没有这个单位。请先导入车辆，或改正单位名称",
                "no such unit. Import vehicles first, or correct the name",
            )
        return code

    def take(self, name: str, code: str, parent: str) -> str:
        """The code of a row's unit; it and its parent are made when new. ``code`` and ``parent`` may be empty."""
        unit_code = code or self._find(name, "unit") or name
        earlier = self.made.get(unit_code)
        if earlier is not None and earlier.name != name:
            raise CellError(
                "unit_code",
                unit_code,
                f"上文已用此编码表示“{earlier.name}”",
                f"an earlier row has this code for {earlier.name!r}",
            )
        parent_code = (self._find(parent, "parent") or parent) if parent else None
        if parent_code is not None:
            self._check_parent(unit_code, parent, parent_code)
            self._said_parents[unit_code] = parent_code
            if parent_code not in self._parents:
                self._make(NewUnit(parent_code, parent))
            self._parents[unit_code] = parent_code
        self._make(NewUnit(unit_code, name, parent_code or self._said_parents.get(unit_code)))
        return unit_code

    def wanted(self, codes: Iterable[str]) -> list[NewUnit]:
        """The units to save for rows of these units: they and the parents that were made for them."""
        wanted: set[str] = set()
        todo = list(codes)
        while todo:
            code = todo.pop()
            if code in wanted or code not in self.made:
                continue
            wanted.add(code)
            parent = self.made[code].parent_code
            todo += [parent] if parent is not None else []
        return [unit for code, unit in self.made.items() if code in wanted]

    def _find(self, name: str, column: str) -> str | None:
        codes = self._codes_by_name.get(name, [])
        if len(codes) > 1:
            listed = ", ".join(codes)
            raise CellError(
                column,
                name,
                f"有 {len(codes)} 个单位叫这个名称（编码 {listed}），请用“单位编码”列注明",
                f"{len(codes)} units have this name (codes {listed}); say which in the column unit_code",
            )
        if codes:
            return codes[0]
        return name if name in self._parents else None

    def _check_parent(self, unit_code: str, parent: str, parent_code: str) -> None:
        said = self._said_parents.get(unit_code)
        if said is not None and said != parent_code:
            raise CellError(
                "parent",
                parent,
                f"与上文不一致：该单位的上级单位已写为 {said}",
                f"an earlier row says that this unit's parent is {said}",
            )
        above: str | None = parent_code
        while above is not None:
            if above == unit_code:
                raise CellError("parent", parent, "单位不能是自己的上级", "a unit cannot be above itself")
            above = self._parents.get(above)

    def _make(self, unit: NewUnit) -> None:
        self.made[unit.code] = unit
        self._parents.setdefault(unit.code, None)
        codes = self._codes_by_name.setdefault(unit.name, [])
        if unit.code not in codes:
            codes.append(unit.code)
