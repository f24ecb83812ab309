import { NativeSelect } from "@mantine/core";

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
