import { Checkbox } from "@mantine/core";
import { type MouseEvent, memo, type Ref } from "react";
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

/** One row; a card on phones. Drawn again only if something of it has changed, not while the list scrolls. */
export const DataRow = memo(PlainRow) as typeof PlainRow;

function PlainRow<Row>(props: Props<Row>) {
  const { row, place, columns, isPhone, isSelected, onOpen } = props;
  const onClick = (event: MouseEvent) => {
    if (!(event.target as Element).closest(OWN_CLICKS)) {
      onOpen?.(row);
    }
  };
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
      {columns.map((column, index) => (
        <Cell
          key={column.id}
          column={column}
          row={row}
          isPhone={isPhone}
          isTitle={isPhone && index === 0}
        />
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
    <div role="gridcell" className={`${classes.cell} ${classes.box}`}>
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
  /** It says by itself what it is. */
  isTitle: boolean;
}

function Cell<Row>({ column, row, isPhone, isTitle }: CellProps<Row>) {
  if (isPhone && column.hideOnPhone === true) {
    return null;
  }
  return (
    <div
      role="gridcell"
      className={`${classes.cell} ${column.align === "end" ? classes.end : ""} ${isTitle ? classes.title : ""}`}
    >
      {isPhone && !isTitle && <span className={classes.name}>{column.header}</span>}
      {column.cell(row)}
    </div>
  );
}
