import { Alert } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { LineState } from "@/api/events";

const PATIENCE_MS = 3_000; // a line that is back at once is no news

/** Says that what is shown may be old. */
export function LineLost({ state }: { state: LineState }) {
  const { t } = useTranslation("app");
  const [lasting] = useDebouncedValue(state, PATIENCE_MS);
  if (state !== "lost" || lasting !== "lost") {
    return null;
  }
  return (
    <Alert
      role="status"
      color="yellow"
      variant="light"
      mb="md"
      icon={<IconPlugConnectedX />}
      title={t("lineLost.title")}
    >
      {t("lineLost.text")}
    </Alert>
  );
}
