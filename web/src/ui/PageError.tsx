import { useTranslation } from "react-i18next";
import { ErrorState } from "@/ui/ErrorState";
import { PageHeader } from "@/ui/PageHeader";

/** In place of a page that has nothing to show: what it is about is gone, or cannot be reached. */
export function PageError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation("ui");
  return (
    <>
      <PageHeader title={t("error.page")} />
      <ErrorState error={error} onRetry={onRetry} />
    </>
  );
}
