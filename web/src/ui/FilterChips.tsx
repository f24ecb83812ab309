import { Chip, Group } from "@mantine/core";
import classes from "@/ui/FilterChips.module.css";
import type { Choice } from "@/ui/FilterChoice";

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
      <Group role="group" aria-label={label} gap={6} className={classes.chips ?? ""}>
        {choices.map((choice) => (
          <Chip key={choice.value} value={choice.value} size="xs" variant="light">
            {choice.label}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  );
}
