import { Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";

interface Props {
  start: string | undefined;
  end: string | undefined;
  /** What the API said to the list: what is wrong with a date is shown at it. */
  error: unknown;
  onChange: (change: { start?: string; end?: string }) => void;
}

const SIDE_PX = 56;

/** From and to, both days included. */
export function DateRange({ start, end, error, onChange }: Props) {
  const { t } = useTranslation("activity");
  const isTurned = start !== undefined && end !== undefined && start > end;
  const problem = error === null ? undefined : asProblem(error).fields[0]?.message;
  return (
    <>
      <TextInput
        type="date"
        aria-label={t("filter.start")}
        leftSection={<Side text={t("filter.from")} />}
        leftSectionWidth={SIDE_PX}
        value={start ?? ""}
        error={isTurned ? t("filter.turned") : problem}
        onChange={(event) => onChange({ start: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        aria-label={t("filter.end")}
        leftSection={<Side text={t("filter.to")} />}
        leftSectionWidth={SIDE_PX}
        value={end ?? ""}
        onChange={(event) => onChange({ end: event.currentTarget.value })}
      />
    </>
  );
}

function Side({ text }: { text: string }) {
  return (
    <Text span size="sm" c="dimmed">
      {text}
    </Text>
  );
}
