import { Alert, Button, Group, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconLock } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { FIELDS_OF, SECRET_FIELDS, type StorageKind } from "@/features/storage/place";
import type { Storage } from "@/features/storage/queries";
import { CliHint, quoted } from "@/ui/CliHint";
import { useConfirm } from "@/ui/ConfirmDialog";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { PasswordField } from "@/ui/PasswordField";
import { useProblemForm } from "@/ui/problem-form";

const FIXED: ReadonlySet<string> = new Set(["path", "bucket", "prefix"]);

/** Its label, its limits, how it is reached; its place stays. */
export function ChangeStorage({ storage, etag }: { storage: Storage; etag: string }) {
  const { t } = useTranslation("storage");
  return (
    <Stack>
      {storage.origin === "console" ? (
        <ChangeForm storage={storage} etag={etag} />
      ) : (
        <Alert color="gray" icon={<IconLock />}>
          {t(storage.origin === "file" ? "change.inFile" : "change.builtin")}
        </Alert>
      )}
      <PlaceActions storage={storage} />
    </Stack>
  );
}

function ChangeForm({ storage, etag }: { storage: Storage; etag: string }) {
  const { t } = useTranslation("storage");
  const queries = useQueryClient();
  const [isSaved, setIsSaved] = useState(false);
  const names = FIELDS_OF[storage.kind as StorageKind].filter((name) => !FIXED.has(name));
  const before = Object.fromEntries(names.map((name) => [name, storage.options[name] ?? ""]));
  const share = storage.total_bytes ? (100 * storage.min_free_bytes) / storage.total_bytes : 5;
  const form = useForm<Record<string, string | number>>({
    initialValues: {
      region_label: storage.region_label,
      min_free_share: Math.round(share),
      ...before,
    },
  });
  const { submit, isSending, problem } = useProblemForm(form, async (values) => {
    const changed = names.filter((name) => values[name] !== before[name]);
    const body = {
      region_label: String(values.region_label),
      min_free_share: Number(values.min_free_share) / 100,
      min_free_bytes: null,
      options: Object.fromEntries(changed.map((name) => [name, String(values[name])])),
    };
    const params = { path: { storage_id: storage.id }, header: { "If-Match": etag } };
    await answer(api.PATCH("/api/v1/storages/{storage_id}", { params, body }));
    setIsSaved(true);
    await queries.invalidateQueries({ queryKey: [keys.storages] });
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack maw={560}>
        <TextInput
          label={t("label")}
          description={t("labelHint")}
          {...form.getInputProps("region_label")}
        />
        {storage.kind === "local" && (
          <NumberInput
            label={t("minFree")}
            description={t("minFreeHint")}
            min={0}
            max={99}
            suffix=" %"
            {...form.getInputProps("min_free_share")}
          />
        )}
        {names.map((name) => {
          const given = { label: t(`place.${name}` as "place.path"), autoComplete: "off" };
          return SECRET_FIELDS.has(name) ? (
            <PasswordField
              key={name}
              {...given}
              description={t("change.secretHint")}
              {...form.getInputProps(name)}
            />
          ) : (
            <TextInput key={name} {...given} {...form.getInputProps(name)} />
          );
        })}
        {problem !== null && <ErrorState error={problem} />}
        {isSaved && (
          <Alert color="green" role="status">
            {t("change.saved")}
          </Alert>
        )}
        <Group justify="space-between">
          <Button type="submit" loading={isSending}>
            {t("change.save")}
          </Button>
          <CliHint
            command={`dropally storage set ${storage.id} --region-label ${quoted(String(form.values.region_label))}`}
          />
        </Group>
      </Stack>
    </form>
  );
}

function PlaceActions({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  const confirm = useConfirm();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const params = { path: { storage_id: storage.id } };
  const told = () => queries.invalidateQueries({ queryKey: [keys.storages] });
  const makeDefault = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/storages/{storage_id}/default", { params })),
    onSuccess: told,
  });
  const remove = () =>
    confirm({
      title: t("remove.title", { name: storage.region_label || storage.id }),
      text: t("remove.text"),
      confirmLabel: t("remove"),
      command: command("storage.remove", { storage: storage.id }),
      danger: true,
      onConfirm: async () => {
        await answer(api.DELETE("/api/v1/storages/{storage_id}", { params }));
        await navigate({ to: "/storage" });
        await told();
      },
    });
  if (storage.is_default) {
    return (
      <Text size="sm" c="dimmed">
        {t("default.text")}
      </Text>
    );
  }
  return (
    <Stack gap="sm">
      {makeDefault.error !== null && <ErrorState error={makeDefault.error} />}
      <Group>
        <Button
          variant="default"
          loading={makeDefault.isPending}
          onClick={() => makeDefault.mutate()}
        >
          {t("makeDefault")}
        </Button>
        {storage.origin === "console" && (
          <Button variant="default" onClick={remove}>
            {t("remove")}
          </Button>
        )}
        <CliHint command={command("storage.default", { storage: storage.id })} />
      </Group>
    </Stack>
  );
}
