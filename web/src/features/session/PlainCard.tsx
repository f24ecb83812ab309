import { Card, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

interface Props {
  title: string;
  text?: ReactNode;
  children?: ReactNode;
}

/** The small pages around signing in. */
export function PlainCard({ title, text, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Dropally`;
  }, [title]);
  return (
    <Card withBorder padding="xl" maw={480} mx="auto">
      <Stack>
        <Title order={1} size="h3">
          {title}
        </Title>
        {text !== undefined && (
          <Text size="sm" c="dimmed" component="div">
            {text}
          </Text>
        )}
        {children}
      </Stack>
    </Card>
  );
}
