import { Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Storage } from "@/features/storage/queries";
import { formatBytes } from "@/ui/figures";

/** How full the disk is; buckets do not tell. */
export function RoomBar({ storage }: { storage: Storage }) {
  const { t, i18n } = useTranslation("storage");
  const { free_bytes: free, total_bytes: total, min_free_bytes: least } = storage;
  if (free === null || total === null || total === 0) {
    return null;
  }
  const isLow = free < least;
  const words = t("room", {
    free: formatBytes(free, i18n.language),
    total: formatBytes(total, i18n.language),
    least: formatBytes(least, i18n.language),
  });
  return (
    <Stack gap={4}>
      <Progress
        value={(100 * (total - free)) / total}
        size="sm"
        aria-label={t("room.label")}
        {...(isLow ? { color: "red" } : {})}
      />
      <Text size="xs" c="dimmed">
        {words}
      </Text>
    </Stack>
  );
}
