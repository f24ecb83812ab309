import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { asProblem, UNREACHABLE } from "@/api/problem";

interface Props {
  error: unknown;
  onRetry?: () => void;
}

/** Cause and next step as the problem document tells them, and the way to try again. */
export function ErrorState({ error, onRetry }: Props) {
  const { t } = useTranslation("ui");
  const problem = asProblem(error);
  const isUnreachable = problem.code === UNREACHABLE;
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      icon={<IconAlertTriangle />}
      title={isUnreachable ? t("error.unreachable") : sentence(problem.message)}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{isUnreachable ? t("error.unreachableHint") : sentence(problem.hint)}</Text>
        <Group gap="md">
          {onRetry !== undefined && (
            <Button size="xs" variant="default" onClick={onRetry}>
              {t("error.retry")}
            </Button>
          )}
          {problem.requestId !== "" && (
            <Text size="xs" c="dimmed">
              {t("error.request", { id: problem.requestId })}
            </Text>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}

/** The API's texts begin small, as parts of sentences do. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
