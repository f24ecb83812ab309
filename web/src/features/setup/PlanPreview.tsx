import { Card, List, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Plan } from "@/features/setup/plan";
import { ErrorState } from "@/ui/ErrorState";
import { formatCount } from "@/ui/figures";
import { planWords } from "@/ui/plan-words";

const RUNS = 5;
const TYPING_MS = 300;

/** What a plan means before it is saved: its words, next runs and calls to Dropbox. */
export function PlanPreview({ plan, taskId }: { plan: Plan; taskId: string }) {
  const { t, i18n } = useTranslation("setup");
  const { t: words } = useTranslation("ui");
  const [settled] = useDebouncedValue(plan, TYPING_MS);
  const preview = useQuery({
    queryKey: [keys.tasks, "preview", taskId, settled],
    queryFn: () =>
      answer(
        api.POST("/api/v1/schedule-preview", {
          body: { plan: settled, task_id: taskId, count: RUNS },
        }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (preview.error !== null) {
    return <ErrorState error={preview.error} />;
  }
  const found = preview.data;
  return (
    <Card withBorder aria-live="polite">
      <Stack gap="xs">
        <Text fw={600}>{t("plan.means")}</Text>
        <Text size="sm">{found && planWords(words, found.plan)}</Text>
        <List size="sm" spacing={2} aria-label={t("plan.next")}>
          {found?.runs.map((run) => (
            <List.Item key={run.time}>{run.shown}</List.Item>
          ))}
        </List>
        {found?.calls_per_day != null && (
          <Text size="sm" c="dimmed">
            {t("plan.calls", { shown: formatCount(found.calls_per_day, i18n.language) })}
          </Text>
        )}
        {found !== undefined && found.clock_change !== "" && (
          <Text size="sm" c="dimmed">
            {found.clock_change}
          </Text>
        )}
      </Stack>
    </Card>
  );
}
