import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Retention, retentionPreviewQuery, type Task } from "@/features/tasks/queries";
import { retentionWords } from "@/features/tasks/retention-words";
import { UNLIMITED } from "@/features/tasks/settings-form";
import { When } from "@/ui/When";

interface Props {
  task: Task;
  mayChange: boolean;
  /** Puts it into the form; saving takes it back. */
  onTakeBack: (retention: Retention) => void;
}

/** While a shorter retention can still be taken back: what counts until then, and the way back. */
export function EarlierRetentions({ task, mayChange, onTakeBack }: Props) {
  const { t } = useTranslation("tasks");
  const now = task.settings.retention ?? UNLIMITED;
  const found = useQuery(retentionPreviewQuery(task.id, now)).data?.earlier ?? [];
  const earlier = found.filter((one) => !isSame(one.retention, now)); // else it is back already
  const [last] = earlier.slice(-1);
  if (last === undefined) {
    return null;
  }
  return (
    <Alert color="blue" variant="light" icon={<IconHistory />} title={t("undo.title")} mb="md">
      <Stack gap="xs">
        {earlier.map((one) => (
          <Text key={one.until} size="sm">
            {t("undo.until", { retention: retentionWords(t, one.retention) })}{" "}
            <When time={one.until} />.
          </Text>
        ))}
        {mayChange && (
          <Group>
            <Button size="xs" variant="default" onClick={() => onTakeBack(last.retention)}>
              {t("undo.takeBack", { retention: retentionWords(t, last.retention) })}
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

function isSame(one: Retention, other: Retention): boolean {
  return (Object.keys(UNLIMITED) as (keyof Retention)[]).every((key) => one[key] === other[key]);
}
