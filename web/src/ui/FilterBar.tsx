import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/ui/FilterBar.module.css";

interface Props {
  children: ReactNode;
  /** Given while a filter is set. */
  onClear?: () => void;
}

/** The row of filters above a list: a SearchBox, FilterChoice, FilterChips. */
export function FilterBar({ children, onClear }: Props) {
  const { t } = useTranslation("ui");
  return (
    <Group role="search" gap="sm" mb="md" align="center" className={classes.bar ?? ""}>
      {children}
      {onClear !== undefined && (
        <Button variant="subtle" size="compact-sm" onClick={onClear}>
          {t("filter.clear")}
        </Button>
      )}
    </Group>
  );
}
