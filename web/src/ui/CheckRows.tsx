import { Stack, Text } from "@mantine/core";
import type { components } from "@/api/schema";
import classes from "@/ui/CheckRows.module.css";
import { sentence } from "@/ui/ErrorState";
import { StatusWord } from "@/ui/StatusWord";

type Check = components["schemas"]["CheckAnswer"];

/** What was looked at, each with its finding and, where something is wrong, the next step. */
export function CheckRows({ checks, label }: { checks: readonly Check[]; label: string }) {
  return (
    <ul aria-label={label} className={classes.rows}>
      {checks.map((check) => (
        <li key={check.name} className={classes.row}>
          <StatusWord kind="check" status={check.state} />
          <Stack gap={2} style={{ overflowWrap: "anywhere" }}>
            <Text fw={500}>{check.title}</Text>
            <Text size="sm">{sentence(check.detail)}</Text>
            {check.hint !== "" && (
              <Text size="sm" c="dimmed">
                {sentence(check.hint)}
              </Text>
            )}
          </Stack>
        </li>
      ))}
    </ul>
  );
}
