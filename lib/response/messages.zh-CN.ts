import type { Messages } from './error-catalog.js';

export const ZH_CN: Messages = {
  TOKEN_EXPIRED: { message: '广告账户授权已过期，请重新授权', action: '重新授权' },
  TOKEN_INVALID: {
    message: '广告账户授权无效或已被撤销，请重新连接该账户',
    action: '重新连接账户',
  },
  PERMISSION_DENIED: {
    message: '当前授权的账户没有执行此操作的权限',
    action: '请广告账户管理员开通相应权限',
  },
  API_RATE_LIMIT: { message: '请求过于频繁，已达到平台的调用限额', action: '请稍后重试' },
  PLATFORM_SERVICE_ERROR: {
    message: '广告平台服务出现故障，操作可能未完成',
    action: '请稍后重试，重试前先确认操作是否已生效',
  },
  PLATFORM_TIMEOUT: {
    message: '广告平台未在规定时间内响应，操作结果未确认',
    action: '请先到广告平台确认操作是否已生效，再决定是否重试',
  },
  BUDGET_INSUFFICIENT: {
    message: '广告账户余额或预算不足，操作未执行',
    action: '请为广告账户充值或调整预算后重试',
  },
  CREATIVE_REJECTED: {
    message: '广告素材未通过平台审核',
    action: '请根据审核原因修改素材后重新提交',
  },
  AD_PLATFORM_ERROR: {
    message: '广告平台未能完成此操作',
    action: '请检查广告账户状态，如仍失败请联系技术支持',
  },
  MCP_CONNECTION_ERROR: { message: '无法连接到工具服务', action: '请稍后重试' },
  MCP_TIMEOUT: {
    message: '工具服务响应超时，操作结果未确认',
    action: '请先确认操作是否已生效，再决定是否重试',
  },
  MCP_TOOL_ERROR: { message: '工具执行失败', action: '请检查输入内容，如仍失败请联系技术支持' },
  INSUFFICIENT_CREDITS: { message: '您的积分余额不足，操作未执行', action: '请充值积分后重试' },
  AI_MODEL_FAILED: { message: 'AI 模型未能生成结果', action: '请稍后重试' },
  AI_MODEL_TIMEOUT: {
    message: 'AI 模型生成超时',
    action: '请稍后重试，或缩短输入内容',
  },
  AI_MODEL_QUOTA_EXCEEDED: {
    message: 'AI 模型的使用配额已用完',
    action: '请等待配额恢复，或升级配额',
  },
  CONNECTION_FAILED: { message: '无法连接到所需的外部服务', action: '请检查网络后稍后重试' },
  TIMEOUT: {
    message: '操作超时，结果未确认',
    action: '请先确认操作是否已生效，再决定是否重试',
  },
  SERVICE_UNAVAILABLE: { message: '服务暂时不可用', action: '请稍后重试' },
  VALIDATION_ERROR: { message: '提交的内容有误', action: '请检查并修改后重新提交' },
  OUTCOME_UNKNOWN: {
    message: '操作可能已经生效，但结果无法确认',
    action: '请先到平台核实操作是否已生效，切勿直接重复操作',
  },
  PARKED: {
    message: '平台要求等待较长时间，操作已排队，届时将自动执行',
    action: '请勿重复提交，稍后查看结果',
  },
  CANCELLED: { message: '操作已取消', action: '如仍需要，请重新发起操作' },
  BAD_REQUEST: { message: '无法处理此请求', action: '请检查请求内容' },
  UNAUTHORIZED: { message: '您尚未登录或登录已失效', action: '请重新登录' },
  FORBIDDEN: { message: '您没有权限执行此操作', action: '请联系您的管理员' },
  NOT_FOUND: { message: '您要访问的内容不存在', action: '请检查地址或刷新列表' },
  CONFLICT: { message: '内容已被更改，与此操作冲突', action: '请刷新后重试' },
  UNKNOWN_ERROR: {
    message: '系统发生意外错误',
    action: '请联系技术支持，并提供请求编号',
  },
};
