import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { sessionStore } from "@/api/session-store";
import { useProveAgain } from "@/features/session/queries";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

type Settle = (isProved: boolean) => void;

/** Opens when the API client meets `reauthentication_required`; the call goes on afterwards. */
export function ReauthDialog() {
  const { t } = useTranslation("session");
  const [isOpen, setIsOpen] = useState(false);
  const settle = useRef<Settle[]>([]);
  useEffect(() => {
    sessionStore.provideProof(() => {
      setIsOpen(true);
      return new Promise<boolean>((resolve) => settle.current.push(resolve));
    });
  }, []);
  const end = (isProved: boolean) => {
    setIsOpen(false);
    for (const resolve of settle.current.splice(0)) {
      resolve(isProved);
    }
  };
  return (
    <Modal
      opened={isOpen}
      onClose={() => end(false)}
      title={t("reauth.title")}
      closeButtonProps={{ "aria-label": t("reauth.cancel") }}
      zIndex={400}
    >
      <ProofForm onProved={() => end(true)} onCancel={() => end(false)} />
    </Modal>
  );
}

function ProofForm({ onProved, onCancel }: { onProved: () => void; onCancel: () => void }) {
  const { t } = useTranslation("session");
  const prove = useProveAgain();
  const [needsCode, setNeedsCode] = useState(false);
  const form = useForm({ initialValues: { password: "", code: "" } });
  const { submit, isSending, problem } = useProblemForm(form, async (values) => {
    try {
      await prove(values);
      onProved();
    } catch (error) {
      if (asProblem(error).code === "otp_required" && !needsCode) {
        setNeedsCode(true);
        return;
      }
      throw error;
    }
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <Text size="sm">{t("reauth.text")}</Text>
        <PasswordInput
          label={t("signIn.password")}
          autoComplete="current-password"
          required
          data-autofocus
          visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
          {...form.getInputProps("password")}
        />
        {needsCode && (
          <TextInput
            label={t("signIn.code")}
            autoComplete="one-time-code"
            autoFocus
            required
            {...form.getInputProps("code")}
          />
        )}
        {problem !== null && <ErrorState error={problem} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>
            {t("reauth.cancel")}
          </Button>
          <Button type="submit" loading={isSending}>
            {t("reauth.submit")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
