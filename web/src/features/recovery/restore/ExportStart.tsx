import { Button, Group, Stack, Text } from "@mantine/core";
import { IconFolderDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { BasketSum } from "@/features/recovery/basket/BasketSum";
import { useStartExport } from "@/features/recovery/download/start-export";
import { consoleSettingsQuery } from "@/features/recovery/queries";
import { useRestorePlace } from "@/features/recovery/restore/place";
import { ErrorState } from "@/ui/ErrorState";

/** Plain files in a folder of the appliance: nothing there is overwritten. */
export function ExportStart() {
  const { t } = useTranslation("recovery");
  const { search } = useRestorePlace();
  const settings = useQuery(consoleSettingsQuery);
  const start = useStartExport();
  const folder = search.path ?? settings.data?.export_folders[0] ?? "";
  return (
    <Stack align="flex-start">
      <BasketSum />
      <Text size="sm">{t("export.to", { folder })}</Text>
      {start.isError && <ErrorState error={start.error} />}
      <Group>
        <Button
          leftSection={<IconFolderDown size={18} aria-hidden />}
          loading={start.isPending}
          disabled={folder === ""}
          onClick={() => start.mutate({ to: "folder", folder, part_bytes: 0 })}
        >
          {t("export.start")}
        </Button>
      </Group>
    </Stack>
  );
}
