import { useCallbackRef } from "@mantine/hooks";
import { type FocusEvent, type KeyboardEvent, useState } from "react";
import { moved, type Selection, toggled, withRange } from "@/ui/data-table-keys";

interface Given {
  ids: readonly string[];
  selection?: Selection;
  onOpen: (place: number) => void;
  /** Scrolls so that the row at this place is seen. */
  show: (place: number) => void;
}

/** The active row of a list, and what keys do with it. */
export function useTableKeys({ ids, selection, onOpen, show }: Given) {
  const [wanted, setActive] = useState(-1);
  const [anchor, setAnchor] = useState(0);
  const active = Math.min(wanted, ids.length - 1);

  // Always the same function, so that rows need not be drawn again for it.
  const select = useCallbackRef((place: number, isRange: boolean) => {
    const id = ids[place];
    if (selection === undefined || id === undefined) {
      return;
    }
    selection.onChange(
      isRange ? withRange(selection.selected, ids, anchor, place) : toggled(selection.selected, id),
    );
    setActive(place);
    if (!isRange) {
      setAnchor(place);
    }
  });

  const move = (event: KeyboardEvent): boolean => {
    const next = moved(event.key, active, ids.length);
    if (next === null || ids.length === 0) {
      return false;
    }
    setActive(next);
    show(next);
    if (event.shiftKey && selection !== undefined) {
      selection.onChange(withRange(selection.selected, ids, anchor, next));
    } else {
      setAnchor(next);
    }
    return true;
  };

  const act = (event: KeyboardEvent): boolean => {
    if (event.key === "Enter" && active >= 0) {
      onOpen(active);
    } else if (event.key === " " && active >= 0) {
      select(active, event.shiftKey);
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey) && selection !== undefined) {
      selection.onChange(new Set(ids));
    } else if (event.key === "Escape" && selection !== undefined && selection.selected.size > 0) {
      selection.onChange(new Set());
    } else {
      return false;
    }
    return true;
  };

  return {
    active,
    select,
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
      // Controls within a row keep their own keys.
      if (event.target === event.currentTarget && (move(event) || act(event))) {
        event.preventDefault();
      }
    },
    onFocus: (event: FocusEvent<HTMLElement>) => {
      if (event.target === event.currentTarget && wanted < 0 && ids.length > 0) {
        setActive(0);
      }
    },
  };
}
