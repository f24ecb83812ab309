import { Progress, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { formatBytes, formatCount } from "@/ui/figures";

type Phase = components["schemas"]["PhaseView"];

/** How far each phase of a job is. A total that still grows is "at least"; no bar is made up. */
export function PhaseList({ phases }: { phases: readonly Phase[] }) {
  const { t, i18n } = useTranslation("ui");
  const figure = (phase: Phase, value: number) =>
    phase.unit === "bytes" ? formatBytes(value, i18n.language) : formatCount(value, i18n.language);
  return (
    <Table verticalSpacing="xs">
      <Table.Tbody>
        {phases.map((phase) => (
          <Table.Tr key={phase.name}>
            <Table.Th scope="row" w="30%">
              {phase.name}
            </Table.Th>
            <Table.Td>
              <Stack gap={4}>
                <Text size="sm">
                  {t(phraseOf(phase), {
                    done: figure(phase, phase.done),
                    total: figure(phase, phase.total),
                    unit: phase.unit === "bytes" ? "" : phase.unit,
                  })}
                </Text>
                {phase.total > 0 && !phase.is_at_least && (
                  <Progress
                    value={(100 * phase.done) / phase.total}
                    size="sm"
                    aria-label={phase.name}
                  />
                )}
              </Stack>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function phraseOf(phase: Phase): "phase.found" | "phase.atLeast" | "phase.of" {
  if (phase.total === 0) {
    return "phase.found";
  }
  return phase.is_at_least ? "phase.atLeast" : "phase.of";
}
