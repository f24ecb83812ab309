import { Alert, Card, List, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Plan, previewQuery } from "@/features/tasks/queries";
import { ErrorState } from "@/ui/ErrorState";
import { Count } from "@/ui/figures";
import { planWords } from "@/ui/plan-words";
import { When } from "@/ui/When";

const QUIET_MS = 300;

/** What the plan in the form would do, before it is saved. */
export function PreviewCard({ taskId, plan }: { taskId: string; plan: Plan }) {
  const { t } = useTranslation("tasks");
  const { t: words } = useTranslation("ui");
  const [wanted] = useDebouncedValue(plan, QUIET_MS);
  const preview = useQuery({
    ...previewQuery(taskId, wanted),
    placeholderData: keepPreviousData,
  });
  const found = preview.data;
  return (
    <Card withBorder padding="lg" component="section" style={{ alignSelf: "start" }}>
      <Stack gap="sm" aria-live="polite">
        <Title order={2} size="h4">
          {t("preview.title")}
        </Title>
        {preview.error !== null && <ErrorState error={preview.error} />}
        {found !== undefined && preview.error === null && (
          <>
            <Text>{planWords(words, found.plan)}</Text>
            <Text fw={600}>{t("preview.runs")}</Text>
            <List aria-label={t("preview.runs")}>
              {found.runs.map((run) => (
                <List.Item key={run.time}>
                  {run.shown} {found.plan.zone}{" "}
                  <Text span c="dimmed" size="sm">
                    (<When time={run.time} relative />)
                  </Text>
                </List.Item>
              ))}
            </List>
            {found.calls_per_day !== null && (
              <Text>
                {t("preview.calls")} <Count value={found.calls_per_day} />
              </Text>
            )}
            {found.clock_change !== "" && <Alert color="blue">{found.clock_change}</Alert>}
          </>
        )}
      </Stack>
    </Card>
  );
}
