import {
  Button,
  Group,
  Modal,
  MultiSelect,
  NumberInput,
  SegmentedControl,
  Stack,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useMe, type Verb } from "@/api/me";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";
import { SecretOnce } from "@/ui/SecretOnce";

const DAYS = 90;

/** A new API token; its secret is shown this once. */
export function NewTokenDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("settings");
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("tokens.make")}
      closeButtonProps={{ "aria-label": t("users.close") }}
    >
      {secret === null ? (
        <TokenForm onMade={setSecret} />
      ) : (
        <KeepSecret secret={secret} onClose={onClose} />
      )}
    </Modal>
  );
}

function KeepSecret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useTranslation("settings");
  const [isKept, setIsKept] = useState(false);
  return (
    <Stack>
      <SecretOnce label={t("tokens.secret")} value={secret} isKept={isKept} onKept={setIsKept} />
      <Group justify="flex-end">
        <Button disabled={!isKept} onClick={onClose}>
          {t("tokens.done")}
        </Button>
      </Group>
    </Stack>
  );
}

function TokenForm({ onMade }: { onMade: (secret: string) => void }) {
  const { t } = useTranslation("settings");
  const me = useMe();
  const form = useForm({
    initialValues: { name: "", days: DAYS, scope: "all", verbs: [] as Verb[] },
  });
  const { submit, isSending, problem } = useProblemForm(form, async (values) => {
    const { name, days, scope, verbs } = values;
    const body = { name, days, verbs: scope === "all" ? null : verbs, reach: null };
    onMade((await answer(api.POST("/api/v1/tokens", { body }))).secret);
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <TextInput
          label={t("tokens.name")}
          required
          data-autofocus
          {...form.getInputProps("name")}
        />
        <NumberInput label={t("tokens.days")} min={1} max={730} {...form.getInputProps("days")} />
        <SegmentedControl
          aria-label={t("tokens.verbs")}
          data={[
            { value: "all", label: t("tokens.allVerbs") },
            { value: "some", label: t("tokens.someVerbs") },
          ]}
          orientation="vertical"
          {...form.getInputProps("scope")}
        />
        {form.values.scope === "some" && (
          <MultiSelect
            label={t("tokens.verbs")}
            data={me?.verbs.filter((verb) => !verb.startsWith("self.")) ?? []}
            searchable
            {...form.getInputProps("verbs")}
          />
        )}
        {problem !== null && <ErrorState error={problem} />}
        <Group justify="space-between">
          <Button type="submit" loading={isSending}>
            {t("tokens.make")}
          </Button>
          <CliHint
            command={command("token.create", {
              name: form.values.name,
              email: me?.user.email,
              days: form.values.days,
            })}
          />
        </Group>
      </Stack>
    </form>
  );
}
