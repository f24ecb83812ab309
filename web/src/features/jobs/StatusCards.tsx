import { SimpleGrid, Text, UnstyledButton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import classes from "@/features/jobs/StatusCards.module.css";
import { Count } from "@/ui/figures";
import { StatusWord } from "@/ui/StatusWord";

type Summary = components["schemas"]["JobSummary"];

const CARDS = ["in_progress", "succeeded", "partially_succeeded", "failed"] as const;

interface Props {
  summary: Summary | undefined;
  status: string;
  onStatus: (status: string) => void;
}

/** How many jobs of each outcome; each card narrows the list to its status. */
export function StatusCards({ summary, status, onStatus }: Props) {
  const { t } = useTranslation("jobs");
  return (
    <SimpleGrid
      cols={{ base: 1, xs: 2, md: 4 }}
      spacing={{ base: "xs", xs: "md" }}
      mb="lg"
      role="group"
      aria-label={t("cards")}
    >
      {CARDS.map((one) => (
        <UnstyledButton
          key={one}
          className={`${classes.card} ${status === one ? classes.pressed : ""}`}
          aria-pressed={status === one}
          onClick={() => onStatus(status === one ? "" : one)}
        >
          <Text component="span" className={classes.figure}>
            {summary === undefined ? "–" : <Count value={summary[one]} />}
          </Text>
          <StatusWord kind="job" status={one} />
        </UnstyledButton>
      ))}
    </SimpleGrid>
  );
}
