import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";

interface Props {
  start: string | undefined;
  end: string | undefined;
  /** What the API said to the list: what is wrong with a date is shown at it. */
  error: unknown;
  onChange: (change: { start?: string; end?: string }) => void;
}

/** From and to, both days included. */
export function DateRange({ start, end, error, onChange }: Props) {
  const { t } = useTranslation("activity");
  const isTurned = start !== undefined && end !== undefined && start > end;
  const problem = error === null ? undefined : asProblem(error).fields[0]?.message;
  return (
    <>
      <TextInput
        type="date"
        label={t("filter.start")}
        value={start ?? ""}
        error={isTurned ? t("filter.turned") : problem}
        onChange={(event) => onChange({ start: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label={t("filter.end")}
        value={end ?? ""}
        onChange={(event) => onChange({ end: event.currentTarget.value })}
      />
    </>
  );
}
