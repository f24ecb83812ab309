import { Alert, Table, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Plan } from "@/features/recovery/queries";
import { speedQuery } from "@/features/recovery/restore/speed";
import { Bytes, Count, Duration, formatCount } from "@/ui/figures";

// As the API says it where each item goes back to its own place.
const WHERE_IT_WAS = "where it was";

/** The dry run: nothing has been changed yet. */
export function PlanFigures({ plan }: { plan: Plan }) {
  const { t, i18n } = useTranslation("recovery");
  const speed = useQuery(speedQuery);
  const count = (value: number) => formatCount(value, i18n.language);
  const rows: [string, ReactNode][] = [
    [
      t("plan.destination"),
      plan.destination === WHERE_IT_WAS ? t("plan.whereItWas") : plan.destination,
    ],
    [t("plan.files"), <Count key="files" value={plan.files} />],
    [t("plan.folders"), <Count key="folders" value={plan.folders} />],
    [t("plan.size"), <Bytes key="size" value={plan.size_bytes} />],
    [t("plan.conflicts"), <Count key="conflicts" value={plan.conflicts} />],
    [t("plan.identical"), <Count key="identical" value={plan.identical} />],
    ...(plan.skipped > 0
      ? [[t("plan.skipped"), <Count key="skipped" value={plan.skipped} />] as [string, ReactNode]]
      : []),
    [
      t("plan.uploads"),
      <span key="uploads">
        <Count value={plan.uploads} /> (<Bytes value={plan.upload_bytes} />)
      </span>,
    ],
    [t("plan.cheap"), count(plan.from_history + plan.copies)],
    [t("plan.calls"), count(plan.upload_calls + plan.other_calls)],
    [t("plan.quota"), quotaOf(plan, t, count)],
  ];
  if (speed.data !== undefined && speed.data > 0 && plan.upload_bytes > 0) {
    rows.push([
      t("plan.time"),
      <span key="time">
        <Duration seconds={Math.max(1, plan.upload_bytes / speed.data)} /> {t("plan.timeHow")}
      </span>,
    ]);
  }
  return (
    <>
      {plan.impossible > 0 && (
        <Alert
          color="yellow"
          icon={<IconAlertTriangle />}
          title={t("plan.impossible", { count: plan.impossible, figure: count(plan.impossible) })}
        >
          {t("plan.impossibleText")}
        </Alert>
      )}
      {isOverQuota(plan) && (
        <Alert color="yellow" icon={<IconAlertTriangle />} title={t("plan.overQuota")}>
          {t("plan.overQuotaText")}
        </Alert>
      )}
      <Table verticalSpacing={6} maw={640} aria-label={t("review.title")}>
        <Table.Tbody>
          {rows.map(([label, value]) => (
            <Table.Tr key={label}>
              <Table.Th scope="row" fw={500} c="dimmed" w="50%">
                {label}
              </Table.Th>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                <Text component="div" size="sm">
                  {value}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

function isOverQuota(plan: Plan): boolean {
  return plan.upload_limit !== null && plan.upload_calls > plan.upload_limit - plan.uploads_used;
}

type Translate = ReturnType<typeof useTranslation<"recovery">>["t"];

function quotaOf(plan: Plan, t: Translate, count: (value: number) => string): string {
  if (plan.upload_limit === null) {
    return t("plan.unlimited", { calls: count(plan.upload_calls) });
  }
  const left = Math.max(0, plan.upload_limit - plan.uploads_used);
  return t("plan.limited", { calls: count(plan.upload_calls), left: count(left) });
}
