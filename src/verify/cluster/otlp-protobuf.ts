import { PbfReader } from 'pbf';

// biome-ignore lint/suspicious/noExplicitAny: messages in the form of OTLP's JSON encoding
type Message = any;
/** Reads the value of a field into the message. */
type Field = (message: Message, reader: PbfReader) => void;

/**
 * An ExportTraceServiceRequest of OTLP 1.x in the binary encoding, in the form that the JSON encoding has; only what a
 * span is known by is read. Numbers of fields: opentelemetry-proto, trace/v1/trace.proto and common/v1/common.proto.
 * @throws Error when it is none
 */
export function decodeTraces(body: Uint8Array): object {
  return new PbfReader(body).readFields(fields(request), {});
}

const text =
  (name: string): Field =>
  (message, reader) => {
    message[name] = reader.readString();
  };
const id =
  (name: string): Field =>
  (message, reader) => {
    message[name] = Buffer.from(reader.readBytes()).toString('hex');
  };
const one =
  (name: string, type: () => Record<number, Field>): Field =>
  (message, reader) => {
    message[name] = reader.readMessage(fields(type()), {});
  };
const many =
  (name: string, type: () => Record<number, Field>): Field =>
  (message, reader) => {
    message[name] ??= [];
    message[name].push(reader.readMessage(fields(type()), {}));
  };

const value: Record<number, Field> = {
  1: text('stringValue'),
  2: (message, reader) => {
    message.boolValue = reader.readBoolean();
  },
  3: (message, reader) => {
    message.intValue = reader.readVarint(true);
  },
  4: (message, reader) => {
    message.doubleValue = reader.readDouble();
  },
  5: one('arrayValue', () => ({ 1: many('values', () => value) })),
  6: one('kvlistValue', () => ({ 1: many('values', () => keyValue) })),
  7: (message, reader) => {
    message.bytesValue = Buffer.from(reader.readBytes()).toString('base64');
  },
};
const keyValue: Record<number, Field> = { 1: text('key'), 2: one('value', () => value) };
const span: Record<number, Field> = {
  1: id('traceId'),
  2: id('spanId'),
  4: id('parentSpanId'),
  5: text('name'),
  6: (message, reader) => {
    message.kind = reader.readVarint();
  },
  9: many('attributes', () => keyValue),
};
const request: Record<number, Field> = {
  1: many('resourceSpans', () => ({ 2: many('scopeSpans', () => ({ 2: many('spans', () => span) })) })),
};

function fields(type: Record<number, Field>) {
  return (tag: number, message: Message, reader: PbfReader) => type[tag]?.(message, reader);
}
