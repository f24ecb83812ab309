import { Button, Checkbox, Group, NumberInput, Radio, SimpleGrid, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import type { Storage } from "@/features/storage/queries";
import { useStart } from "@/features/storage/storage-jobs";
import { CliHint } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";

const LEVELS = ["names", "hashes", "chunks"] as const;
const MINUTE_S = 60;
const GIB = 2 ** 30;

type Request = components["schemas"]["VerifyRequest"];

interface Props {
  storage: Storage;
  /** Storages that hold copies of this one. */
  copies: string[];
}

/** How closely to look, for how long, and whether what is damaged is healed at once. */
export function VerifyForm({ storage, copies }: Props) {
  const { t } = useTranslation("storage");
  const form = useForm({
    initialValues: {
      level: "chunks" as (typeof LEVELS)[number],
      minutes: "" as number | "",
      gib: "" as number | "",
      days: "" as number | "",
      repair: false,
    },
  });
  const { level, minutes, gib, days, repair } = form.values;
  const request: Request = {
    level,
    time_s: Number(minutes) * MINUTE_S,
    size_bytes: Number(gib) * GIB,
    newer_than_days: Number(days),
    repair,
    replicas: repair ? copies : [],
  };
  const params = { path: { storage_id: storage.id } };
  const start = useStart((body: Request) =>
    answer(api.POST("/api/v1/storages/{storage_id}/verify", { params, body })),
  );
  return (
    <form onSubmit={form.onSubmit(() => start.mutate(request))}>
      <Stack maw={640}>
        <Radio.Group label={t("verify.level")} {...form.getInputProps("level")}>
          <Stack gap="xs" mt="xs">
            {LEVELS.map((one) => (
              <Radio
                key={one}
                value={one}
                label={t(`level.${one}`)}
                description={t(`level.${one}.text`)}
              />
            ))}
          </Stack>
        </Radio.Group>
        <SimpleGrid cols={{ base: 1, xs: 3 }} style={{ alignItems: "end" }}>
          <NumberInput label={t("verify.minutes")} {...LIMIT} {...form.getInputProps("minutes")} />
          <NumberInput label={t("verify.gib")} {...LIMIT} {...form.getInputProps("gib")} />
          <NumberInput label={t("verify.days")} {...LIMIT} {...form.getInputProps("days")} />
        </SimpleGrid>
        <Checkbox
          label={t("verify.repair")}
          description={t("verify.repairText")}
          {...form.getInputProps("repair", { type: "checkbox" })}
        />
        {start.error !== null && <ErrorState error={start.error} />}
        <Group justify="space-between">
          <Button type="submit" loading={start.isPending}>
            {t("verify.now")}
          </Button>
          <CliHint command={commandOf(storage.id, request)} />
        </Group>
      </Stack>
    </form>
  );
}

const LIMIT = { min: 0, max: 36_500, allowDecimal: false } as const;

function commandOf(storageId: string, request: Request): string {
  const words = [`dropally storage verify ${storageId} --level ${request.level}`];
  if (request.time_s) {
    words.push(`--time ${request.time_s}`);
  }
  if (request.size_bytes) {
    words.push(`--bytes ${request.size_bytes}`);
  }
  if (request.newer_than_days) {
    words.push(`--newer-than-days ${request.newer_than_days}`);
  }
  if (request.repair) {
    words.push("--repair", ...(request.replicas ?? []).map((one) => `--replica ${one}`));
  }
  return words.join(" ");
}
