import { Alert, Card, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconAlertTriangle } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import {
  type Retention,
  type RetentionPreview,
  retentionPreviewQuery,
} from "@/features/tasks/queries";
import { YearChart } from "@/features/tasks/YearChart";
import { YearEnd } from "@/features/tasks/YearEnd";
import { ErrorState } from "@/ui/ErrorState";
import { formatBytes } from "@/ui/figures";
import { Loading } from "@/ui/Loading";
import { When } from "@/ui/When";

const QUIET_MS = 300;

/** What the retention in the form would forget now, and keep over the next year. */
export function RetentionForecast({ taskId, retention }: { taskId: string; retention: Retention }) {
  const { t } = useTranslation("tasks");
  const [wanted] = useDebouncedValue(retention, QUIET_MS);
  const preview = useQuery({
    ...retentionPreviewQuery(taskId, wanted),
    placeholderData: keepPreviousData,
  });
  const found = preview.data;
  return (
    <Card withBorder padding="lg" component="section" style={{ alignSelf: "start" }}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t("forecast.title")}
        </Title>
        {preview.error !== null && <ErrorState error={preview.error} />}
        {preview.isPending && <Loading rows={4} />}
        {found !== undefined && preview.error === null && (
          <>
            <WouldGo preview={found} />
            <YearChart steps={found.year} />
            <YearEnd preview={found} />
            <Text size="xs" c="dimmed">
              {t("forecast.text")}
            </Text>
          </>
        )}
      </Stack>
    </Card>
  );
}

/** Read out when it changes: it is what the change on the left would cost. */
function WouldGo({ preview }: { preview: RetentionPreview }) {
  const { t, i18n } = useTranslation("tasks");
  const { forgotten, points, oldest_forgotten: from, newest_forgotten: to } = preview;
  return (
    <div aria-live="polite">
      {forgotten === 0 ? (
        <Text>{t("forecast.nothingGoes", { count: points })}</Text>
      ) : (
        <Alert
          color="yellow"
          variant="light"
          icon={<IconAlertTriangle />}
          title={t("forecast.go", { count: forgotten, points })}
        >
          <Text size="sm">
            {t("forecast.between")} <When time={from} /> – <When time={to} />.{" "}
            {t("forecast.effective")} <When time={preview.effective} />.
          </Text>
          {preview.versions > 0 && (
            <Text size="sm">
              {t("forecast.versions", {
                count: preview.versions,
                size: formatBytes(preview.version_bytes, i18n.language),
              })}
            </Text>
          )}
        </Alert>
      )}
    </div>
  );
}
