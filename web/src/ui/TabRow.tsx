import { Tabs } from "@mantine/core";
import { useEffect, useRef } from "react";
import classes from "@/ui/TabRow.module.css";

interface Props<Tab extends string> {
  tabs: readonly { value: Tab; label: string }[];
  open: Tab;
  mb?: "md" | "lg";
}

/** The row of tabs of a page; where it is wider than the screen, the open one is in view. */
export function TabRow<Tab extends string>({ tabs, open, mb }: Props<Tab>) {
  const row = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: moved again for each tab
  useEffect(() => {
    const tab = row.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (row.current && tab) {
      row.current.scrollLeft = tab.offsetLeft - (row.current.clientWidth - tab.clientWidth) / 2;
    }
  }, [open]);
  return (
    <Tabs.List className={classes.tabs ?? ""} ref={row} {...(mb === undefined ? {} : { mb })}>
      {tabs.map(({ value, label }) => (
        <Tabs.Tab key={value} value={value} flex="none">
          {label}
        </Tabs.Tab>
      ))}
    </Tabs.List>
  );
}
