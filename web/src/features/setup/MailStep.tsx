import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { settingsQuery } from "@/api/settings";
import { MailForm } from "@/features/settings/MailForm";
import { StepButtons } from "@/features/setup/StepButtons";
import { useGoOn } from "@/features/setup/use-go-on";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

/** By which server mails go out; without one nobody hears of failures. */
export function MailStep() {
  const { t } = useTranslation("setup");
  const settings = useQuery(settingsQuery);
  const goOn = useGoOn("mail");
  if (settings.error !== null) {
    return <ErrorState error={settings.error} onRetry={() => void settings.refetch()} />;
  }
  if (settings.data === undefined) {
    return <Loading />;
  }
  return (
    <MailForm settings={settings.data} onSaved={goOn}>
      {(isSending) => (
        <StepButtons step="mail" canSkip>
          <Button type="submit" loading={isSending}>
            {t("continue")}
          </Button>
        </StepButtons>
      )}
    </MailForm>
  );
}
