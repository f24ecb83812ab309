import { Skeleton, Stack, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** Grey bars where rows will be. */
export function Loading({ rows = 4 }: { rows?: number }) {
  const { t } = useTranslation("ui");
  return (
    <Stack gap="sm" role="status" aria-busy="true">
      <VisuallyHidden>{t("loading")}</VisuallyHidden>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all the same
        <Skeleton key={row} height={36} radius="md" />
      ))}
    </Stack>
  );
}
