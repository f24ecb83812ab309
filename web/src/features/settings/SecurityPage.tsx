import { Alert, NumberInput, Stack, Switch, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconLock } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { asProblem } from "@/api/problem";
import type { components } from "@/api/schema";
import { Section } from "@/features/settings/Section";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { useProblemForm } from "@/ui/problem-form";
import { SaveBar } from "@/ui/SaveBar";

type Policy = components["schemas"]["SecurityPolicy"];
type Key = keyof Policy;

const MINUTE_S = 60;
const HOUR_S = 3600;
/** Each rule, and how many of the API's units one of the form's is; null for a switch. */
const PARTS: readonly (readonly [
  "security.passwords" | "security.signIn" | "security.links",
  readonly (readonly [Key, number | null])[],
])[] = [
  [
    "security.passwords",
    [
      ["password_min", 1],
      ["password_expire_days", 1],
    ],
  ],
  [
    "security.signIn",
    [
      ["enforce_2fa", null],
      ["self_registration", null],
      ["login_tries", 1],
      ["login_window_s", MINUTE_S],
    ],
  ],
  [
    "security.links",
    [
      ["invite_ttl_s", HOUR_S],
      ["reset_ttl_s", MINUTE_S],
      ["session_idle_s", MINUTE_S],
      ["session_max_s", HOUR_S],
      ["audit_keep_days", 1],
    ],
  ],
];
const UNIT_OF = new Map(PARTS.flatMap(([, rules]) => rules));
const SECURITY = "security";

interface Found {
  policy: Policy;
  locked: readonly string[];
  etag: string;
}

/** The rules for everybody who signs in. */
export function SecurityPage() {
  const { t } = useTranslation("settings");
  const [isSaved, setIsSaved] = useState(false);
  const rules = useQuery({
    queryKey: [SECURITY],
    queryFn: async (): Promise<Found> => {
      const { data, response } = await api.GET("/api/v1/security");
      const state = data as components["schemas"]["SecurityState"];
      return { ...state, etag: response.headers.get("ETag") ?? "*" };
    },
  });
  return (
    <>
      <PageHeader title={t("security")} description={t("security.text")} />
      {rules.error !== null && (
        <ErrorState error={rules.error} onRetry={() => void rules.refetch()} />
      )}
      {rules.isPending && <Loading rows={6} />}
      {rules.data !== undefined && (
        <RulesForm
          key={rules.data.etag}
          found={rules.data}
          isSaved={isSaved}
          onSaved={setIsSaved}
        />
      )}
    </>
  );
}

type Values = Record<string, number | boolean>;

function shownValues(policy: Policy): Values {
  const entries = [...UNIT_OF].map(([key, unit]): [string, number | boolean] => {
    const value = policy[key] ?? 0;
    return [key, unit === null || typeof value === "boolean" ? value : value / unit];
  });
  return Object.fromEntries(entries);
}

function changesOf(before: Values, values: Values): Record<string, number | boolean> {
  const changed = Object.entries(values).filter(([key, value]) => before[key] !== value);
  return Object.fromEntries(
    changed.map(([key, value]) => {
      const unit = UNIT_OF.get(key as Key) ?? 1;
      return [key, typeof value === "boolean" ? value : Math.round(value * unit)];
    }),
  );
}

interface FormProps {
  found: Found;
  /** The rules as they are shown were saved from here. */
  isSaved: boolean;
  onSaved: (isSaved: boolean) => void;
}

function RulesForm({ found, isSaved, onSaved }: FormProps) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const before = shownValues(found.policy);
  const form = useForm<Values>({ initialValues: before, onValuesChange: () => onSaved(false) });
  const { submit, isSending, problem } = useProblemForm(form, async (values) => {
    const params = { header: { "If-Match": found.etag } };
    const body = { changes: changesOf(before, values) };
    try {
      await answer(api.PATCH("/api/v1/security", { params, body }));
      onSaved(true);
      await queries.invalidateQueries({ queryKey: [SECURITY] });
    } catch (error) {
      if (asProblem(error).status === 412) {
        await queries.invalidateQueries({ queryKey: [SECURITY] });
      }
      throw error;
    }
  });
  const changes = Object.entries(changesOf(before, form.values)).map(
    ([key, value]) => `${key}=${value}`,
  );
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack maw={560}>
        {PARTS.map(([title, rules]) => (
          <Section key={title} title={t(title)}>
            {rules.map(([key, unit]) => (
              <Rule
                key={key}
                name={key}
                unit={unit}
                isLocked={found.locked.includes(key)}
                form={form}
              />
            ))}
          </Section>
        ))}
        {problem !== null && <ErrorState error={problem} />}
        {isSaved && (
          <Alert color="green" role="status">
            {t("saved")}
          </Alert>
        )}
        <SaveBar
          changes={changes.length}
          isSaving={isSending}
          onDiscard={() => form.setValues(before)}
        >
          <CliHint command={command("security.set", { "rule=value": changes })} />
        </SaveBar>
      </Stack>
    </form>
  );
}

interface RuleProps {
  name: Key;
  unit: number | null;
  isLocked: boolean;
  form: ReturnType<typeof useForm<Values>>;
}

function Rule({ name, unit, isLocked, form }: RuleProps) {
  const { t } = useTranslation("settings");
  const label = t(`security.${name}`);
  return (
    <Stack gap={4}>
      {unit === null ? (
        <Switch
          label={label}
          disabled={isLocked}
          {...form.getInputProps(name, { type: "checkbox" })}
        />
      ) : (
        <NumberInput label={label} min={0} disabled={isLocked} {...form.getInputProps(name)} />
      )}
      {isLocked && (
        <Text size="xs" c="dimmed">
          <IconLock size={12} aria-hidden /> {t("locked", { place: "dropally.toml" })}
        </Text>
      )}
    </Stack>
  );
}
