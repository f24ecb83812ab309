import { List, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { Bytes, Count } from "@/ui/figures";
import { When } from "@/ui/When";

type Preview = components["schemas"]["DeletePreview"];

/** What deleting a task takes away, and until when that can be undone. */
export function WhatIsLost({ preview }: { preview: Preview }) {
  const { t } = useTranslation("tasks");
  return (
    <Stack gap="sm">
      <Text>{t("delete.text")}</Text>
      <List>
        <List.Item>
          {t("delete.entities")} <Count value={preview.entities_with_backup} />
        </List.Item>
        <List.Item>
          {t("delete.points")} <Count value={preview.points} />
        </List.Item>
        <List.Item>
          {t("delete.size")} <Bytes value={preview.bytes} />
        </List.Item>
        <List.Item>
          {t("delete.oldest")} <When time={preview.oldest} />
        </List.Item>
      </List>
      <Text>
        {t("delete.until")} <When time={preview.purge} />
      </Text>
      <CliHint command={command("task.delete", { task: preview.name })} />
    </Stack>
  );
}
