// How the API says no: the Fault of the accounting service, the other shape of the gateway before it, and the HTML of a
// proxy. Codes and their messages follow reports from the field; the wording of details is our own where it says nothing.

export const FAULTS = {
  '120': [403, 'AuthorizationFault', 'Authorization Failure'],
  // Mostly the gateway says this in its own shape; this one was seen too.
  '3200': [401, 'AuthenticationFault', 'message=AuthenticationFailed; errorCode=003200; statusCode=401'],
  '610': [400, 'ValidationFault', 'Object Not Found'],
  '2010': [400, 'ValidationFault', 'Request has invalid or unsupported property'],
  '2020': [400, 'ValidationFault', 'Required param missing, need to supply the required value for the API'],
  '2050': [
    400,
    'ValidationFault',
    'String length is either shorter or longer than supported by specification',
  ],
  '2170': [400, 'ValidationFault', 'Invalid Enumeration'],
  '2500': [400, 'ValidationFault', 'Invalid Reference Id'],
  '4000': [400, 'ValidationFault', 'Error parsing query'],
  '4001': [400, 'ValidationFault', 'Invalid query'],
  '5010': [400, 'ValidationFault', 'Stale Object Error'],
  '6000': [400, 'ValidationFault', 'A business validation error has occurred while processing your request'],
  '6140': [400, 'ValidationFault', 'Duplicate Document Number Error'],
  '6190': [403, 'ValidationFault', 'Invalid Company Status'],
  '6200': [400, 'ValidationFault', 'Account Period Closed'],
  '6210': [400, 'ValidationFault', 'Account Period Closed'],
  '10000': [500, 'SystemFault', 'An application error has occurred while processing your request'],
} as const satisfies Record<string, readonly [number, string, string]>;
export type FaultCode = keyof typeof FAULTS;
export const FAULT_CODES = Object.keys(FAULTS) as [FaultCode, ...FaultCode[]];

/** Whatever the code of a closed period is in a region, this text comes with it. */
export const CLOSED_TEXT =
  'The account period has closed and the account books cannot be updated through the QBO Services API';

export interface FaultBody {
  Error: Array<{ Message: string; Detail: string; code: string; element: string }>;
  type: string;
}

/** A refusal of the accounting service: nothing was booked. */
export class QuickbooksFault extends Error {
  readonly code: FaultCode;
  readonly element: string;

  constructor(code: FaultCode, detail: string, element = '') {
    super(detail);
    this.name = 'QuickbooksFault';
    this.code = code;
    this.element = element;
  }

  get status(): number {
    return FAULTS[this.code][0];
  }

  get body(): FaultBody {
    const [, type, message] = FAULTS[this.code];
    const Message = this.message.startsWith(CLOSED_TEXT) ? 'Account Period Closed' : message;
    return {
      Error: [{ Message, Detail: `${Message} : ${this.message}`, code: this.code, element: this.element }],
      type,
    };
  }
}

const GATEWAY_FAULTS = {
  AuthenticationFailed: [401, '003200', 'AUTHENTICATION'],
  ApplicationAuthorizationFailed: [403, '003100', 'AUTHORIZATION'],
  ThrottleExceeded: [429, '003001', 'SERVICE'],
} as const;
export type GatewayCode = keyof typeof GATEWAY_FAULTS;

/** A refusal of the gateway, before the accounting service saw the request. Its keys begin with small letters. */
export class GatewayRefusal extends Error {
  readonly code: GatewayCode;

  constructor(code: GatewayCode, detail: string) {
    super(detail);
    this.name = 'GatewayRefusal';
    this.code = code;
  }

  get status(): number {
    return GATEWAY_FAULTS[this.code][0];
  }

  get body(): unknown {
    const [status, errorCode, type] = GATEWAY_FAULTS[this.code];
    return {
      warnings: null,
      intuitObject: null,
      fault: {
        error: [
          {
            message: `message=${this.code}; errorCode=${errorCode}; statusCode=${status}`,
            detail: this.message,
            code: String(Number(errorCode)),
            element: null,
          },
        ],
        type,
      },
      report: null,
      queryResponse: null,
      batchItemResponse: [],
      attachableResponse: [],
      syncErrorResponse: null,
      requestId: null,
      time: 0,
      status: null,
      cdcresponse: [],
    };
  }
}

export const BAD_GATEWAY_HTML =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n';
