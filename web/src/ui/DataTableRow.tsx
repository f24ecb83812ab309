import { Checkbox } from "@mantine/core";
import { type MouseEvent, type Ref, useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Column } from "@/ui/DataTable";
import classes from "@/ui/DataTable.module.css";

interface Props<Row> {
  ref: Ref<HTMLDivElement>;
  id: string;
  row: Row;
  place: number;
  /** Pixels from the list's beginning. */
  top: number;
  columns: readonly Column<Row>[];
  isPhone: boolean;
  isActive: boolean;
  /** Left out where rows cannot be selected. */
  isSelected?: boolean;
  /** Something of it is selected. */
  isPartly: boolean;
  label: string;
  onSelect: (place: number, isRange: boolean) => void;
  onOpen: ((row: Row) => void) | undefined;
}

const OWN_CLICKS = "a, button, input, label, [role=menuitem]";

/** One row; a card on phones. */
export function DataRow<Row>(props: Props<Row>) {
  const { row, place, columns, isPhone, isSelected, onOpen } = props;
  const onClick = useCallback(
    (event: MouseEvent) => {
      if (!(event.target as Element).closest(OWN_CLICKS)) {
        onOpen?.(row);
      }
    },
    [onOpen, row],
  );
  return (
    <div
      ref={props.ref}
      id={props.id}
      role="row"
      data-index={place}
      aria-rowindex={place + 2}
      {...(isSelected === undefined ? {} : { "aria-selected": isSelected })}
      className={`${classes.row} ${props.isActive ? classes.active : ""} ${onOpen === undefined ? "" : classes.opens}`}
      style={{ transform: `translateY(${props.top}px)` }}
      onClick={onClick}
    >
      {isSelected !== undefined && <SelectCell {...props} isSelected={isSelected} />}
      {columns.map((column) => (
        <Cell key={column.id} column={column} row={row} isPhone={isPhone} />
      ))}
    </div>
  );
}

function SelectCell<Row>({
  label,
  place,
  isSelected,
  isPartly,
  onSelect,
}: Props<Row> & { isSelected: boolean }) {
  const { t } = useTranslation("ui");
  return (
    <div role="gridcell" className={classes.cell}>
      <Checkbox
        size="xs"
        tabIndex={-1}
        aria-label={t("selectThis", { label })}
        checked={isSelected}
        indeterminate={isPartly}
        onChange={() => undefined}
        onClick={(event) => onSelect(place, event.shiftKey)}
      />
    </div>
  );
}

interface CellProps<Row> {
  column: Column<Row>;
  row: Row;
  isPhone: boolean;
}

function Cell<Row>({ column, row, isPhone }: CellProps<Row>) {
  if (isPhone && column.hideOnPhone === true) {
    return null;
  }
  return (
    <div role="gridcell" className={`${classes.cell} ${column.align === "end" ? classes.end : ""}`}>
      {isPhone && <span className={classes.name}>{column.header}</span>}
      {column.cell(row)}
    </div>
  );
}
