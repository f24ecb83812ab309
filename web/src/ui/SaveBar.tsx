import { Button, Group, Paper, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/ui/SaveBar.module.css";

interface Props {
  /** How many fields differ from what is saved. */
  changes: number;
  isSaving: boolean;
  onDiscard: () => void;
  /** At the left: the command that saves the same. */
  children?: ReactNode;
}

/**
 * The end of a form whose settings stay on the page: it stays in view while something is changed,
 * and a page with changes is not left unasked.
 */
export function SaveBar({ changes, isSaving, onDiscard, children }: Props) {
  const { t } = useTranslation("ui");
  const isChanged = changes > 0;
  useBlocker({
    shouldBlockFn: () => isChanged && !isSaving && !window.confirm(t("unsaved.leave")),
    enableBeforeUnload: () => isChanged,
  });
  return (
    <Paper withBorder className={classes.bar} mod={{ changed: isChanged }}>
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <Text size="sm" aria-live="polite" {...(isChanged ? {} : { c: "dimmed" })}>
            {isChanged ? t("unsaved.changes", { count: changes }) : t("unsaved.none")}
          </Text>
          {children}
        </Group>
        <Group gap="xs">
          <Button variant="default" disabled={!isChanged || isSaving} onClick={onDiscard}>
            {t("unsaved.discard")}
          </Button>
          <Button type="submit" loading={isSaving} disabled={!isChanged}>
            {t("unsaved.save")}
          </Button>
        </Group>
      </Group>
    </Paper>
  );
}

/** How many values of a form differ from those it began with. */
export function changesBetween(
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): number {
  return Object.keys(now).filter((name) => now[name] !== before[name]).length;
}
