import { Stack, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import classes from "@/features/tasks/YearChart.module.css";
import { Disclosure } from "@/ui/Disclosure";
import { Count } from "@/ui/figures";
import { When } from "@/ui/When";

type Step = components["schemas"]["RetentionStep"];

/** How many restore points there will be, month by month: drawn, and as a table. */
export function YearChart({ steps }: { steps: readonly Step[] }) {
  const { t, i18n } = useTranslation("tasks");
  const [isOpen, table] = useDisclosure(false);
  const most = Math.max(1, ...steps.map((step) => step.kept));
  const day = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium" });
  const name = (step: Step | undefined) =>
    step === undefined ? "" : day.format(new Date(step.at));
  const summary = t("forecast.chart", {
    now: steps[0]?.kept ?? 0,
    end: steps.at(-1)?.kept ?? 0,
  });
  return (
    <Stack gap={4}>
      <Text fw={600}>{t("forecast.year")}</Text>
      <div className={classes.chart} role="img" aria-label={summary}>
        {steps.map((step) => (
          <div
            key={step.at}
            className={classes.bar}
            style={{ height: `${(100 * step.kept) / most}%` }}
            title={`${name(step)}: ${step.kept}`}
          />
        ))}
      </div>
      <div className={classes.axis} aria-hidden>
        <span>{name(steps[0])}</span>
        <span>{name(steps.at(-1))}</span>
      </div>
      <Text size="sm">{summary}</Text>
      <Disclosure label={t("forecast.asTable")} isOpen={isOpen} onToggle={table.toggle}>
        <Table withTableBorder aria-label={t("forecast.year")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("forecast.at")}</Table.Th>
              <Table.Th ta="right">{t("forecast.kept")}</Table.Th>
              <Table.Th>{t("forecast.oldest")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {steps.map((step) => (
              <Table.Tr key={step.at}>
                <Table.Td>{name(step)}</Table.Td>
                <Table.Td ta="right">
                  <Count value={step.kept} />
                </Table.Td>
                <Table.Td>
                  <When time={step.oldest} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Disclosure>
    </Stack>
  );
}
