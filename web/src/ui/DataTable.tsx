import { Checkbox, Loader, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type ReactNode, useEffect, useId, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/ui/DataTable.module.css";
import { DataRow } from "@/ui/DataTableRow";
import type { Selection } from "@/ui/data-table-keys";
import { useTableKeys } from "@/ui/use-table-keys";

export interface Column<Row> {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** A CSS grid track: `2fr`, `120px`, `minmax(120px, 1fr)`. */
  width?: string;
  align?: "end";
  /** The list can be sorted by this column; the name that `onSort` gets. */
  sortBy?: string;
  /** Left out of the cards on phones. */
  hideOnPhone?: boolean;
}

export interface Sorting {
  by: string;
  order: "asc" | "desc";
  onSort: (by: string, order: "asc" | "desc") => void;
}

interface Props<Row> {
  /** Names the list for those who hear it. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  /** What the checkbox of a row is called. */
  rowLabel?: (row: Row) => string;
  selection?: Selection;
  onOpen?: (row: Row) => void;
  sorting?: Sorting;
  hasMore?: boolean;
  loadMore?: () => void;
  /** All rows there are, where more exist than are loaded. */
  total?: number | null;
  /** CSS; the list scrolls within. */
  height?: string;
}

const ROW_PX = 44;
const CARD_PX = 150;
const ROWS_BEYOND = 8;
const SELECT_TRACK = "40px";

/** A list of any length, of which only what is seen exists in the page. */
export function DataTable<Row>(props: Props<Row>) {
  const { columns, rows, rowId, selection, hasMore = false, loadMore } = props;
  const isPhone = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false });
  const viewport = useRef<HTMLDivElement>(null);
  const idPrefix = useId();
  // biome-ignore lint/correctness/useExhaustiveDependencies: how a row is named never changes, but its function does
  const ids = useMemo(() => rows.map(rowId), [rows]);
  const keysHandled = useTableKeys({
    ids,
    onOpen: (place) => {
      const row = rows[place];
      if (row !== undefined) {
        props.onOpen?.(row);
      }
    },
    show: (place) => virtual.scrollToIndex(place),
    ...(selection === undefined ? {} : { selection }),
  });
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => (isPhone ? CARD_PX : ROW_PX),
    overscan: ROWS_BEYOND,
    getItemKey: (place) => ids[place] ?? place,
  });
  const shown = virtual.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? -1;
  useEffect(() => {
    if (hasMore && lastShown >= rows.length - ROWS_BEYOND) {
      loadMore?.();
    }
  }, [hasMore, lastShown, rows.length, loadMore]);
  const tracks = columns.map((column) => column.width ?? "minmax(0, 1fr)");
  const grid = selection === undefined ? tracks : [SELECT_TRACK, ...tracks];
  const rowCount = hasMore ? (props.total ?? -1) : rows.length;
  return (
    <div
      ref={viewport}
      className={`${classes.viewport} ${isPhone ? classes.phone : ""}`}
      style={
        {
          maxHeight: `max(320px, ${props.height ?? "calc(100dvh - 240px)"})`,
          "--tracks": grid.join(" "),
        } as CSSProperties
      }
      role="grid"
      aria-label={props.label}
      aria-rowcount={rowCount < 0 ? -1 : rowCount + 1}
      aria-multiselectable={selection !== undefined}
      aria-activedescendant={
        shown.some((one) => one.index === keysHandled.active)
          ? `${idPrefix}-${keysHandled.active}`
          : undefined
      }
      tabIndex={0}
      onKeyDown={keysHandled.onKeyDown}
      onFocus={keysHandled.onFocus}
    >
      <HeaderRow {...props} ids={ids} isPhone={isPhone} />
      <div role="rowgroup" className={classes.body} style={{ height: virtual.getTotalSize() }}>
        {shown.map((item) => (
          <DataRow
            key={item.key}
            id={`${idPrefix}-${item.index}`}
            ref={virtual.measureElement}
            row={rows[item.index] as Row}
            place={item.index}
            top={item.start}
            columns={columns}
            isPhone={isPhone}
            isActive={keysHandled.active === item.index}
            {...(selection === undefined
              ? {}
              : { isSelected: selection.selected.has(String(item.key)) })}
            isPartly={selection?.partly?.has(String(item.key)) ?? false}
            label={props.rowLabel?.(rows[item.index] as Row) ?? ""}
            onSelect={keysHandled.select}
            onOpen={props.onOpen}
          />
        ))}
      </div>
      {hasMore && (
        <div className={classes.more} aria-hidden>
          <Loader size="sm" />
        </div>
      )}
    </div>
  );
}

interface HeaderProps<Row> extends Props<Row> {
  ids: readonly string[];
  isPhone: boolean;
}

function HeaderRow<Row>({ columns, ids, selection, sorting, isPhone }: HeaderProps<Row>) {
  const { t } = useTranslation("ui");
  const selected = selection?.selected;
  const chosen = useMemo(
    () => (selected === undefined ? 0 : ids.filter((id) => selected.has(id)).length),
    [ids, selected],
  );
  if (isPhone && selection === undefined && sorting === undefined) {
    return null; // cards name their columns themselves, and there is nothing to press
  }
  return (
    <div role="row" aria-rowindex={1} className={classes.header}>
      {selection !== undefined && (
        <div role="columnheader" className={classes.cell}>
          <Checkbox
            size="xs"
            tabIndex={-1}
            aria-label={t("selectAll")}
            checked={ids.length > 0 && chosen === ids.length}
            indeterminate={chosen > 0 && chosen < ids.length}
            onChange={(event) =>
              selection.onChange(event.currentTarget.checked ? new Set(ids) : new Set())
            }
          />
        </div>
      )}
      {columns.map((column) => (
        <HeaderCell
          key={column.id}
          column={column}
          sorting={sorting}
          isHidden={isPhone && column.sortBy === undefined}
        />
      ))}
    </div>
  );
}

interface HeaderCellProps<Row> {
  column: Column<Row>;
  sorting: Sorting | undefined;
  isHidden: boolean;
}

function HeaderCell<Row>({ column, sorting, isHidden }: HeaderCellProps<Row>) {
  const { sortBy } = column;
  const isSorted = sorting !== undefined && sortBy !== undefined && sorting.by === sortBy;
  const direction = sorting?.order === "desc" ? "descending" : "ascending";
  const Arrow = sorting?.order === "desc" ? IconArrowDown : IconArrowUp;
  const className = `${classes.cell} ${column.align === "end" ? classes.end : ""} ${isHidden ? classes.hidden : ""}`;
  return (
    <div
      role="columnheader"
      className={className}
      {...(isSorted ? { "aria-sort": direction } : {})}
    >
      {sorting === undefined || sortBy === undefined ? (
        column.header
      ) : (
        <UnstyledButton
          className={classes.sort}
          onClick={() =>
            sorting.onSort(sortBy, isSorted && sorting.order === "asc" ? "desc" : "asc")
          }
        >
          {column.header} {isSorted && <Arrow size={14} aria-hidden />}
        </UnstyledButton>
      )}
    </div>
  );
}
