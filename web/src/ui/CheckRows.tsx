import { Stack, Table, Text } from "@mantine/core";
import type { components } from "@/api/schema";
import { sentence } from "@/ui/ErrorState";
import { StatusWord } from "@/ui/StatusWord";

type Check = components["schemas"]["CheckAnswer"];

/** What was looked at, each with its finding and, where something is wrong, the next step. */
export function CheckRows({ checks, label }: { checks: readonly Check[]; label: string }) {
  return (
    <Table aria-label={label} withTableBorder verticalSpacing="sm">
      <Table.Tbody>
        {checks.map((check) => (
          <Table.Tr key={check.name}>
            <Table.Td w={120} valign="top">
              <StatusWord kind="check" status={check.state} />
            </Table.Td>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              <Stack gap={2}>
                <Text fw={500}>{check.title}</Text>
                <Text size="sm">{sentence(check.detail)}</Text>
                {check.hint !== "" && (
                  <Text size="sm" c="dimmed">
                    {sentence(check.hint)}
                  </Text>
                )}
              </Stack>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
