import { Button, Chip, Group, NativeSelect } from "@mantine/core";
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

export interface Choice {
  value: string;
  label: string;
}

interface ChoiceProps {
  label: string;
  value: string;
  /** The first one stands for "all", with the value "". */
  choices: readonly Choice[];
  onChange: (value: string) => void;
}

/** One of several. */
export function FilterChoice({ label, value, choices, onChange }: ChoiceProps) {
  return (
    <NativeSelect
      aria-label={label}
      value={value}
      data={[...choices]}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

interface ChipsProps {
  label: string;
  value: readonly string[];
  choices: readonly Choice[];
  onChange: (value: string[]) => void;
}

/** Any of several. */
export function FilterChips({ label, value, choices, onChange }: ChipsProps) {
  return (
    <Chip.Group multiple value={[...value]} onChange={onChange}>
      <Group role="group" aria-label={label} gap={6}>
        {choices.map((choice) => (
          <Chip key={choice.value} value={choice.value} size="xs" variant="light">
            {choice.label}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  );
}
