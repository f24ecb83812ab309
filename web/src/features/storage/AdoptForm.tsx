import { Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useKeyActions } from "@/features/storage/key-actions";
import { CodeInput } from "@/features/storage/keys/CodeInput";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { PasswordField } from "@/ui/PasswordField";
import { useProblemForm } from "@/ui/problem-form";

interface Props {
  storageId: string;
  onAdopted: () => void;
}

/** A repository that is there already opens with one of its secrets, once. */
export function AdoptForm({ storageId, onAdopted }: Props) {
  const { t } = useTranslation("storage");
  const { adopt } = useKeyActions(storageId);
  const form = useForm({ initialValues: { recovery_code: "", passphrase: "" } });
  const { submit, isSending, problem } = useProblemForm(form, async (typed) => {
    await adopt(typed);
    onAdopted();
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <Text size="sm">{t("adopt.text")}</Text>
        <SecretFields getInputProps={form.getInputProps} setFieldValue={form.setFieldValue} />
        {problem !== null && <ErrorState error={problem} />}
        <Group>
          <Button type="submit" loading={isSending}>
            {t("adopt.submit")}
          </Button>
          <CliHint command={command("storage.adopt", { storage: storageId })} />
        </Group>
      </Stack>
    </form>
  );
}

interface SecretForm {
  getInputProps: (name: "recovery_code" | "passphrase") => object;
  setFieldValue: (name: "recovery_code" | "passphrase", value: string) => void;
}

/** The recovery code of a repository, or its passphrase where it was made with one. */
export function SecretFields({ getInputProps, setFieldValue }: SecretForm) {
  const { t } = useTranslation("storage");
  const [by, setBy] = useState("recovery_code");
  return (
    <>
      <SegmentedControl
        aria-label={t("secret.by")}
        value={by}
        onChange={(value) => {
          setBy(value);
          setFieldValue(value === "passphrase" ? "recovery_code" : "passphrase", "");
        }}
        data={[
          { value: "recovery_code", label: t("key.code") },
          { value: "passphrase", label: t("secret.passphrase") },
        ]}
      />
      {by === "passphrase" ? (
        <PasswordField
          label={t("secret.passphrase")}
          autoComplete="off"
          required
          {...getInputProps("passphrase")}
        />
      ) : (
        <CodeInput {...getInputProps("recovery_code")} />
      )}
    </>
  );
}
