import { Radio } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "@/features/recovery/restore/Choice.module.css";

interface Props {
  value: string;
  label: string;
  description: ReactNode;
  disabled?: boolean;
  /** What belongs to this choice, shown while it is chosen. */
  children?: ReactNode;
}

/** One of a Radio.Group, with what it means and what it asks for. */
export function Choice({ value, label, description, disabled = false, children }: Props) {
  return (
    <div className={classes.choice}>
      <Radio value={value} label={label} description={description} disabled={disabled} />
      {children}
    </div>
  );
}
