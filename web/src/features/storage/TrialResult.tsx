import { Alert, List, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX, IconInfoCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { sentence } from "@/ui/ErrorState";
import { formatBytes } from "@/ui/figures";

type Trial = components["schemas"]["TrialAnswer"];

/** What Test connection found: whether it works, how much room there is, or what is in the way. */
export function TrialResult({ trial }: { trial: Trial }) {
  const { t } = useTranslation("storage");
  if (!trial.is_ok) {
    return (
      <Alert
        role="alert"
        color="red"
        variant="light"
        icon={<IconCircleX />}
        title={t("trial.failed")}
      >
        <Stack gap={4}>
          <Text size="sm">{sentence(trial.detail)}</Text>
          {trial.hint !== "" && <Text size="sm">{sentence(trial.hint)}</Text>}
        </Stack>
      </Alert>
    );
  }
  return (
    <Stack gap="xs">
      <Alert
        role="status"
        color="green"
        variant="light"
        icon={<IconCircleCheck />}
        title={t("trial.ok")}
      >
        <TrialFacts trial={trial} />
      </Alert>
      {trial.has_repository && (
        <Alert
          color="blue"
          variant="light"
          icon={<IconInfoCircle />}
          title={t("trial.hasRepository")}
        >
          <Text size="sm">{t("trial.hasRepositoryText")}</Text>
        </Alert>
      )}
    </Stack>
  );
}

function TrialFacts({ trial }: { trial: Trial }) {
  const { t, i18n } = useTranslation("storage");
  const size = (value: number | null) => formatBytes(value ?? 0, i18n.language);
  const seconds = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 });
  return (
    <List size="sm" spacing={2}>
      <List.Item>{t("trial.did", { seconds: seconds.format(trial.duration_s) })}</List.Item>
      {trial.free_bytes !== null && (
        <List.Item>
          {t("trial.room", { free: size(trial.free_bytes), total: size(trial.total_bytes) })}
        </List.Item>
      )}
      {trial.is_own_disk === false && <List.Item>{t("trial.sameDisk")}</List.Item>}
      {trial.shortcomings.map((one) => (
        <List.Item key={one}>{one}</List.Item>
      ))}
    </List>
  );
}
