import { Alert, Anchor, Button, Stack } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useLinkToken } from "@/features/session/link-token";
import { PlainCard } from "@/features/session/PlainCard";
import { ErrorState } from "@/ui/ErrorState";

/** A click confirms the new address: programs that open links of mails beforehand do not. */
export function ConfirmEmailPage() {
  const { t } = useTranslation("session");
  const token = useLinkToken();
  const confirm = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/email-confirmations", { body: { token } })),
  });
  return (
    <PlainCard title={t("email.title")}>
      <Stack>
        {confirm.data === undefined ? (
          <Button loading={confirm.isPending} onClick={() => confirm.mutate()}>
            {t("email.submit")}
          </Button>
        ) : (
          <Alert color="green" variant="light" icon={<IconCircleCheck />} role="status">
            {t("email.done", { email: confirm.data.email })}
          </Alert>
        )}
        {confirm.error !== null && <ErrorState error={confirm.error} />}
        <Anchor component={Link} to="/" size="sm">
          {t("email.home")}
        </Anchor>
      </Stack>
    </PlainCard>
  );
}
